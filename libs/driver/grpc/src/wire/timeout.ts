/** What `grpc-timeout` says: at most eight digits and a unit (PROTOCOL-HTTP2.md). */
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** @returns milliseconds, rounded up; undefined when it is none */
export function parseTimeout(text: string): number | undefined {
  const [, digits, unit] = TIMEOUT.exec(text) ?? [];
  const unitMs = unit === undefined ? undefined : UNIT_MS[unit];
  return unitMs === undefined ? undefined : Math.ceil(Number(digits) * unitMs);
}

/** Eight digits in the finest unit that holds them. @param ms more than 0 */
export function formatTimeout(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole < 100_000_000) return `${whole}m`;
  if (whole < 100_000_000_000) return `${Math.ceil(whole / 1_000)}S`;
  return `${Math.min(99_999_999, Math.ceil(whole / 60_000))}M`;
}
