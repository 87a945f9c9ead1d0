/**
 * The class of an error: what a caller can do about it, and which HTTP and gRPC status it becomes (`@portolan/rpc`).
 * - `invalid`: the request is wrong whatever the state; do not retry
 * - `out-of-range`: the request was right once, or will be (a compacted or future revision)
 * - `precondition`: the state forbids it; change the state first
 * - `conflict`: somebody else was faster; read again, then decide
 * - `exhausted`: a limit or quota is reached; back off
 * - `unavailable`: try again, elsewhere or later
 */
export const ERROR_KINDS = [
  'invalid',
  'out-of-range',
  'not-found',
  'conflict',
  'precondition',
  'unauthenticated',
  'forbidden',
  'exhausted',
  'unavailable',
  'deadline',
  'cancelled',
  'unimplemented',
  'internal',
] as const;

export type ErrorKind = (typeof ERROR_KINDS)[number];

/** Values that help a reader of the log or a program act: names, limits, revisions. Never secrets. */
export type ErrorContext = Readonly<Record<string, string | number | bigint | boolean>>;

export interface ErrorDetails {
  /** What the reader can do: an imperative, without a full stop. */
  readonly fix: string;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/** Every error that Portolan throws on purpose. Subclasses fix `code` and `kind`; the README lists each code. */
export abstract class PortolanError extends Error {
  /** Stable, upper case, prefixed by its area: `KV_COMPACTED`. */
  abstract readonly code: string;
  abstract readonly kind: ErrorKind;
  readonly fix: string;
  readonly context: ErrorContext;

  /** @param message what happened, naming the input and the limit; lower case, no full stop */
  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.fix = details.fix;
    this.context = details.context ?? {};
  }
}
