import type { Health } from '@portolan/catalog';

export interface ProbeResult {
  readonly status: Health;
  /** For people. */
  readonly output: string;
}

/** Looks once. Never rejects for what it finds; rejects with the signal's reason when it is given up. */
export type Probe = (signal: AbortSignal) => Promise<ProbeResult>;

export const critical = (output: string): ProbeResult => ({ status: 'critical', output });
