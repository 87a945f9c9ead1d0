import { DYING_LANE } from './grpc-lane.ts';
import type { Side } from './side.ts';
import { Traffic, type Lane } from './traffic.ts';

/** A side that calls, through clients that `close` closes. */
export function trafficSide(lanes: readonly Lane[], seed: number, close: () => Promise<void>): Side {
  const traffic = new Traffic(lanes, seed);
  return {
    ports: [],
    run: (ms) => traffic.run(ms),
    summary: () => traffic.summary(),
    end: async () => {
      await close();
      // Who dies is answered nothing; a lane beside it that has no answer would have tested nothing.
      const silent = [...traffic.answered].filter(([name, count]) => count === 0 && name !== DYING_LANE);
      const failures = [...traffic.failures, ...silent.map(([name]) => `${name}: never answered`)];
      if (traffic.settled !== traffic.begun) failures.push(`${traffic.begun - traffic.settled} never settled`);
      return failures;
    },
  };
}
