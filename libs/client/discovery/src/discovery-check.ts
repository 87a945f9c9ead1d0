import type { ReadinessCheck } from '@portolan/telemetry';
import type { Staleness } from './discovery.ts';

const MEANINGS = {
  live: 'the registry tells of every change',
  memory: 'the registry is away: serving from what it told before',
  disk: 'the registry has been away since the start: serving from the copy on disk',
  none: 'the registry has not answered yet, and there is no copy on disk',
} as const satisfies Record<Staleness['source'], string>;

/** For `/readyz`: where what is known of the services comes from, and how old it is. Holds while every change arrives. */
export function discoveryCheck({ source, ageMs }: Staleness): ReadinessCheck {
  const detail = `${source}: ${MEANINGS[source]}`;
  return { ok: source === 'live', detail, ...(source !== 'none' && { ageMs: Math.round(ageMs) }) };
}
