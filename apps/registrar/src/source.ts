import type { Registration } from '@portolan/catalog';
import type { CheckDefinition } from '@portolan/local-host';
import type { Health } from '@portolan/catalog';

/** A service that cannot register itself, as a source knows it. */
export interface SourceEntry {
  readonly registration: Registration;
  /** Run by the registrar. */
  readonly checks: readonly CheckDefinition[];
  /** What the source itself says of its health; its check has the source's name. undefined: nothing. */
  readonly health?: { readonly status: Health; readonly output: string } | undefined;
}

/** Where services are known that cannot register themselves. */
export interface RegistrarSource {
  /** `file`, `docker`: part of the name of the host that its entries are registered under. */
  readonly name: string;
  /**
   * All entries, now and again whenever they change; until it is read for the first time, nothing is touched. What goes wrong
   * is the source's to log and to try again: the entries of before stand meanwhile. Ends when `signal` aborts.
   */
  entries(signal: AbortSignal): AsyncIterable<readonly SourceEntry[]>;
}

export interface SourceLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
