import { discoveryCheck, type Staleness } from '@portolan/discovery';
import type { Readiness } from '@portolan/telemetry';
import type { Control } from './control.ts';

/** Ready while it knows where to send requests and is not ending, however old that knowledge is. */
export function readinessOf(staleness: Staleness, { refused }: Pick<Control, 'refused'>, draining: boolean): Readiness {
  return {
    ready: staleness.source !== 'none' && !draining,
    checks: {
      discovery: discoveryCheck(staleness),
      accepting: { ok: !draining, detail: draining ? 'draining' : 'accepting' },
      routes: refused === undefined ? { ok: true } : { ok: false, detail: `${refused.message}; ${refused.fix}` },
    },
  };
}
