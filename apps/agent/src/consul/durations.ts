import parse from 'parse-duration';
import { z } from 'zod';

const NANOSECONDS = 1e6;

/** As Go clients send them: nanoseconds as a number, or a text such as `10s` or `1m30s`. In ms. */
export const goDuration = z.union([z.number(), z.string()]).transform((raw, context): number => {
  const ms = typeof raw === 'number' ? raw / NANOSECONDS : /^[\d.]/.test(raw.trim()) ? parse(raw) : undefined;
  if (typeof ms === 'number' && Number.isFinite(ms) && ms >= 0) return Math.round(ms);
  context.addIssue({ code: 'custom', message: `${JSON.stringify(raw)} is no duration such as "10s" or "1m30s"` });
  return z.NEVER;
});
