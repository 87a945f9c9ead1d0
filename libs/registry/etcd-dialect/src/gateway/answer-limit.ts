import { EtcdAnswerTooLargeError } from '../etcd-error.ts';

/** As much as an answer on gRPC may have. */
export const ANSWER_BYTES_MAX = 64 * 1_048_576;
/** Of a number, a name or a bracket: few bytes of each. */
const SMALL_BYTES = 16;

/** Before it is made into JSON, which would take the memory several times. @throws EtcdAnswerTooLargeError */
export function checkAnswer(value: unknown, bytesMax: number = ANSWER_BYTES_MAX): void {
  if (restAfter(value, bytesMax) < 0) throw new EtcdAnswerTooLargeError(bytesMax);
}

/** @returns how many bytes are left, fewer than 0 as soon as it is clear that it is too much */
function restAfter(value: unknown, left: number): number {
  if (left < 0) return left;
  if (typeof value === 'string') return left - value.length;
  // Base64 makes four bytes of three.
  if (value instanceof Uint8Array) return left - Math.ceil((value.length * 4) / 3);
  if (typeof value !== 'object' || value === null) return left - SMALL_BYTES;
  let rest = left;
  for (const one of Array.isArray(value) ? value : Object.values(value)) {
    rest = restAfter(one, rest);
    if (rest < 0) break;
  }
  return rest;
}
