import { percentileOf } from '../statistics.ts';

export interface LoadFigures extends Readonly<Record<string, number>> {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Calls again and again, so many at once, for so long. */
export async function saturate(call: () => Promise<unknown>, inFlight: number, seconds: number): Promise<LoadFigures> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < until) {
        const calledAt = performance.now();
        await call();
        latencies.push(performance.now() - calledAt);
      }
    }),
  );
  return figuresOf(latencies, performance.now() - startedAt);
}

/** Calls at a fixed rate; a latency counts from when the call was due, so that a wait is not left out. */
export async function pace(call: () => Promise<unknown>, perSecond: number, seconds: number): Promise<LoadFigures> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const calls: Promise<void>[] = [];
  const total = Math.max(1, Math.floor(perSecond * seconds));
  for (let index = 0; index < total; index += 1) {
    const dueAt = startedAt + (index / perSecond) * 1_000;
    const waitMs = dueAt - performance.now();
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
    calls.push(
      call().then(() => {
        latencies.push(performance.now() - dueAt);
      }),
    );
  }
  await Promise.all(calls);
  return figuresOf(latencies, performance.now() - startedAt);
}

const figuresOf = (latencies: readonly number[], elapsedMs: number): LoadFigures => ({
  perSecond: (latencies.length / elapsedMs) * 1_000,
  p50Ms: percentileOf(latencies, 0.5),
  p99Ms: percentileOf(latencies, 0.99),
});
