import { ResponseTooLargeError } from '../errors.ts';

/** What fits into one message of 4 MiB, the most that our servers and clients take. More: ResponseTooLargeError. */
export const RESPONSE_BYTES_MAX = 4 * 1024 ** 2 - 16 * 1024;

export function checkResponseBytes(bytes: number): void {
  if (bytes > RESPONSE_BYTES_MAX) throw new ResponseTooLargeError(bytes, RESPONSE_BYTES_MAX);
}
