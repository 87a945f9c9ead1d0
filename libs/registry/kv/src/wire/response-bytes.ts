import { ResponseTooLargeError } from '../errors.ts';
import { RESPONSE_BYTES_MAX } from '../limits.ts';

export function checkResponseBytes(bytes: number): void {
  if (bytes > RESPONSE_BYTES_MAX) throw new ResponseTooLargeError(bytes, RESPONSE_BYTES_MAX);
}
