import { z } from 'zod';

/** From least to most severe. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof LEVELS)[number];

const LogEntry = z.looseObject({
  level: z.enum(LEVELS),
  msg: z.string().default(''),
  time: z.string().optional(),
  event: z.string().optional(),
  urls: z.record(z.string(), z.string()).optional(),
  module: z.string().optional(),
  app: z.string().optional(),
  instance: z.string().optional(),
  fix: z.string().optional(),
  err: z.looseObject({ message: z.string().optional(), stack: z.string().optional() }).optional(),
});

/** A JSON line that a process of Portolan logs. */
export type LogEntry = z.infer<typeof LogEntry>;

/** @returns undefined for what is no log line: a stack trace of Node itself, say */
export function readLogEntry(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return LogEntry.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

export const atLeast = (level: Level, least: Level): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(least);

/** A printed line as a person reads it: of a log line its message, its error and what to do. */
export function readableLine(line: string): string {
  const entry = readLogEntry(line);
  if (entry === undefined) return line;
  const { level, msg, err, fix } = entry;
  const reason = err?.message === undefined || msg.includes(err.message) ? '' : `: ${err.message}`;
  return `${level} ${msg}${reason}${fix === undefined ? '' : ` → ${fix}`}`;
}
