/** Who takes part in the soak: each in a process of its own, so that who locks up or leaks has a name. */
export type SideName = 'servers' | 'gRPC clients' | 'HTTP clients';

export interface Side {
  /** Where the servers listen; clients listen nowhere. */
  readonly ports: readonly number[];
  /** Makes traffic for so long and waits until all of it is settled. Servers make none. */
  readonly run: (ms: number) => Promise<void>;
  /** What there was so far, in one line. Asked every second. */
  readonly summary: () => string;
  /**
   * Closes everything.
   * @returns what went wrong since the beginning
   */
  readonly end: () => Promise<readonly string[]>;
}

/** What a side says when it is open and when it has done what it was told. */
export interface Told {
  readonly ports: readonly number[];
  readonly summary: string;
  readonly failures: readonly string[];
  /** Of its process, after a collection. */
  readonly liveBytes: number;
}

/** A side is told how many ms of traffic to make, or this. */
export const END = 'end';

const isListOf = (type: 'number' | 'string', value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === type);

/** @returns whether this is no mere beat, which is a string: the last summary */
export function isTold(message: unknown): message is Told {
  if (typeof message !== 'object' || message === null) return false;
  const { ports, summary, failures, liveBytes }: Partial<Record<keyof Told, unknown>> = message;
  const lists = isListOf('number', ports) && isListOf('string', failures);
  return lists && typeof summary === 'string' && typeof liveBytes === 'number';
}
