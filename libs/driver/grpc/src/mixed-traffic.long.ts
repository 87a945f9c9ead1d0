import type { SideName, Told } from './testing/mixed/side.ts';
import { WatchedSide } from './testing/mixed/watched-side.ts';

/** `PORTOLAN_SOAK_SECONDS=36000 npm run test:long -- mixed` goes on for hours. */
const SECONDS = Number(process.env.PORTOLAN_SOAK_SECONDS ?? '600');
const SEED = Number(process.env.PORTOLAN_SOAK_SEED ?? Date.now());
/** By then every pool is as full as it gets, and all hot code is compiled. */
const WARM_UP_SECONDS = 10;
const TELL_EVERY_MS = 10_000;
/**
 * What may be more after the end than after the warm-up. Kept calls and buffers vary by a few MB with who happened to be under way last;
 * 100 bytes lost a call would be more than this in an hour.
 */
const GROWTH_BYTES_MAX = 24 * 1_048_576;
const MARGIN_MS = 180_000;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;

/** The servers, which make no traffic, tell what they hold once that of the others is settled. */
async function settle([servers, ...clients]: readonly WatchedSide[], seconds: number): Promise<readonly Told[]> {
  const told = await Promise.all(clients.map((side) => side.run(seconds * 1_000)));
  return servers === undefined ? told : [await servers.run(0), ...told];
}

interface Outcome {
  readonly failures: readonly string[];
  /** By how many bytes, where it is too much. */
  readonly grown: ReadonlyMap<SideName, number>;
}

/** @param sides those that are open, which whoever called this ends in any case */
async function soak(sides: WatchedSide[], onFailure: (error: Error) => void): Promise<Outcome> {
  const open = async (name: SideName, ports: readonly number[]): Promise<Told> => {
    const { side, told } = await WatchedSide.open({ name, seed: SEED, ports, onFailure });
    sides.push(side);
    return told;
  };
  const { ports } = await open('servers', []);
  await open('gRPC clients', ports.slice(0, 2));
  await open('HTTP clients', ports.slice(2));
  const warm = await settle(sides, WARM_UP_SECONDS);
  const end = await settle(sides, Math.max(1, SECONDS - WARM_UP_SECONDS));
  const grown = new Map<SideName, number>();
  for (const [index, { name }] of sides.entries()) {
    const [before = 0, after = Infinity] = [warm[index]?.liveBytes, end[index]?.liveBytes];
    say(`${name}: ${megabytes(before)} live after ${WARM_UP_SECONDS} s, ${megabytes(after)} at the end`);
    if (after - before >= GROWTH_BYTES_MAX) grown.set(name, after - before);
  }
  // Clients first: servers that still have some would wait for them.
  const failures: string[] = [];
  for (const side of sides.toReversed()) {
    const told = await side.end();
    say(`${side.name}: ${told.summary}`);
    failures.push(...told.failures);
  }
  return { failures, grown };
}

it(
  `${SECONDS} s of every client at once, with aborts, deadlines and cut connections (seed ${SEED})`,
  async () => {
    const sides: WatchedSide[] = [];
    const alarm = Promise.withResolvers<never>();
    const telling = setInterval(() => {
      for (const side of sides) say(`${side.name}, ${megabytes(side.residentBytes())} resident: ${side.summary}`);
    }, TELL_EVERY_MS);
    try {
      const { failures, grown } = await Promise.race([alarm.promise, soak(sides, alarm.reject)]);
      expect(failures).toEqual([]);
      expect(grown).toEqual(new Map());
    } finally {
      clearInterval(telling);
      for (const side of sides) side[Symbol.dispose]();
    }
  },
  SECONDS * 1_000 + MARGIN_MS,
);
