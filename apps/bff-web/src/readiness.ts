import type { Readiness } from '@portolan/telemetry';

/** Where what is known of the services comes from, and how old it is. */
export interface Staleness {
  readonly source: 'live' | 'memory' | 'disk' | 'none';
  readonly ageMs: number;
}

const MEANINGS = {
  live: 'the registry tells of every change',
  memory: 'the registry is away: serving from what it told before',
  disk: 'the registry has been away since the start: serving from the copy on disk',
  none: 'the registry is away, and there is no copy on disk',
} as const satisfies Record<Staleness['source'], string>;

/** Ready as long as it knows where the services are, however old that is; not while it drains. */
export function readinessOf({ source, ageMs }: Staleness, draining: boolean): Readiness {
  const known = source !== 'none';
  return {
    ready: known && !draining,
    checks: {
      discovery: { ok: source === 'live', detail: `${source}: ${MEANINGS[source]}`, ...(known && { ageMs }) },
      accepting: { ok: !draining, detail: draining ? 'draining' : 'accepting' },
    },
  };
}
