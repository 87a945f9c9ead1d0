import type { Readiness } from '@portolan/telemetry';
import type { Control } from './control.ts';
import type { Staleness } from './service-directory.ts';

const DETAILS = {
  live: 'endpoints are followed live',
  memory: 'the registry is away: serving from the last answer in memory',
  disk: 'the registry is away: serving from the last answer on disk',
  none: 'the registry has not answered yet, and nothing is on disk',
} as const satisfies Record<Staleness['source'], string>;

/** Ready while it knows where to send requests and is not ending, however old that knowledge is. */
export function readinessOf(staleness: Staleness, control: Pick<Control, 'refused'>, draining: boolean): Readiness {
  const { source, ageMs } = staleness;
  return {
    ready: source !== 'none' && !draining,
    checks: {
      serving: { ok: !draining, ...(draining && { detail: 'draining: finishing what is in flight' }) },
      registry: { ok: source === 'live', detail: `${source}: ${DETAILS[source]}`, ageMs: Math.round(ageMs) },
      routes: {
        ok: control.refused === undefined,
        ...(control.refused !== undefined && { detail: `${control.refused.message}; ${control.refused.fix}` }),
      },
    },
  };
}
