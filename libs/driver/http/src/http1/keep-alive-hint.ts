import type { Head } from '@portolan/http1';

/** A request needs time to arrive: a connection is not used any more this long before its server would close it, ms. */
const MARGIN_MS = 1_000;
const PARAMETER = 'timeout=';

/**
 * How long the server says that it keeps an idle connection, less a margin (`Keep-Alive: timeout=5`, as Node and Apache send).
 * @returns milliseconds, 0 when it is too short to be of use; Infinity when it does not say
 */
export function keepAliveHint(head: Head): number {
  const value = head.get('keep-alive')?.toLowerCase();
  const at = value?.indexOf(PARAMETER) ?? -1;
  if (value === undefined || at < 0) return Infinity;
  const seconds = Number.parseInt(value.slice(at + PARAMETER.length), 10);
  return Number.isNaN(seconds) ? Infinity : Math.max(0, seconds * 1_000 - MARGIN_MS);
}
