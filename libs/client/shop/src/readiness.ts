import { discoveryCheck, type Staleness } from '@portolan/discovery';
import type { Readiness } from '@portolan/telemetry';

/** Ready as long as it knows where the services are, however old that is; not while it drains. */
export function readinessOf(staleness: Staleness, draining: boolean): Readiness {
  return {
    ready: staleness.source !== 'none' && !draining,
    checks: {
      discovery: discoveryCheck(staleness),
      accepting: { ok: !draining, detail: draining ? 'draining' : 'accepting' },
    },
  };
}
