import { discoveryCheck, type Staleness } from '@portolan/discovery';
import type { Readiness } from '@portolan/telemetry';

/**
 * A service answers whether or not the registry is away; that is shown, but it takes no traffic away from it.
 * @param draining it was told to end
 */
export function serviceReadiness(staleness: Staleness, draining: boolean): Readiness {
  return {
    ready: !draining,
    checks: {
      discovery: discoveryCheck(staleness),
      accepting: { ok: !draining, detail: draining ? 'draining' : 'accepting' },
    },
  };
}
