/** Digits that `grpc-timeout` may have (PROTOCOL-HTTP2.md). */
const DIGITS_MAX = 8;
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** Hot path: reads digits and a unit without a match object. @returns milliseconds, rounded up; undefined when it is none */
export function parseTimeout(text: string): number | undefined {
  const digits = text.length - 1;
  if (digits < 1 || digits > DIGITS_MAX) return undefined;
  let count = 0;
  for (let at = 0; at < digits; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    count = count * 10 + digit;
  }
  const unitMs = UNIT_MS[text.charAt(digits)];
  return unitMs === undefined ? undefined : Math.ceil(count * unitMs);
}

const ZERO = 0x30;

/** Eight digits in the finest unit that holds them. @param ms more than 0 */
export function formatTimeout(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole < 100_000_000) return `${whole}m`;
  if (whole < 100_000_000_000) return `${Math.ceil(whole / 1_000)}S`;
  return `${Math.min(99_999_999, Math.ceil(whole / 60_000))}M`;
}
