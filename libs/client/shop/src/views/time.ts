import { checkedInteger } from '@portolan/kernel';
import { z } from 'zod';

/** RFC 3339, in UTC. */
export const timeView = z.iso.datetime().meta({ examples: ['2026-03-01T09:30:00.000Z'] });

/** @param epochMs milliseconds since the epoch, as the services send times */
export function viewOfTime(epochMs: bigint, what: string): string {
  return new Date(checkedInteger(epochMs, what)).toISOString();
}
