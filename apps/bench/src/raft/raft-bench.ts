import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BenchOptions, BenchResult } from '../bench-row.ts';
import { measure } from '../measurement.ts';
import { digits, tableOf, whole } from '../table.ts';
import { profileRaft } from './raft-profile.ts';
import { oneOnDisk, side, threeInMemory } from './raft-side.ts';
import { threeOverSockets } from './three-over-sockets.ts';

const IN_FLIGHT = [1, 16, 64, 256] as const;
/** On the disk that holds the repository: /tmp may be memory. */
const FOLDER = '.portolan/bench';

const COLUMNS = [
  { figure: 'entriesPerSecond', title: 'entries/s', format: whole },
  { figure: 'cpuMicros', title: 'CPU µs an entry', format: digits(2) },
  { figure: 'syncsPerEntry', title: 'fdatasyncs an entry', format: digits(4) },
] as const;

/** What a log of entries costs: on a real disk with real syncs, with neither disk nor sockets, and with sockets alone; and where it goes. */
export async function benchRaft({ rounds, seconds, progress }: BenchOptions): Promise<BenchResult> {
  const parent = resolve(FOLDER);
  await mkdir(parent, { recursive: true });
  const one = await measure(
    IN_FLIGHT.map((inFlight) => side(`${inFlight} in flight`, inFlight, seconds, () => oneOnDisk(parent))),
    rounds,
    (what) => {
      progress(`one member, ${what}`);
    },
  );
  const three = await measure(
    IN_FLIGHT.map((inFlight) => side(`${inFlight} in flight`, inFlight, seconds, threeInMemory)),
    rounds,
    (what) => {
      progress(`three members, ${what}`);
    },
  );
  const overSockets = await measure(
    IN_FLIGHT.map((inFlight) => side(`${inFlight} in flight`, inFlight, seconds, threeOverSockets)),
    rounds,
    (what) => {
      progress(`three members over sockets, ${what}`);
    },
  );
  const profile = await profileRaft(() => oneOnDisk(parent), seconds, progress);
  const text = [
    tableOf('one member, real disk', one, COLUMNS),
    tableOf('three members in memory', three, COLUMNS.slice(0, 2)),
    tableOf('three members over sockets, disks in memory', overSockets, COLUMNS.slice(0, 2)),
    profile.text,
  ].join('\n\n');
  return { text, raw: { one, three, overSockets, profile: profile.raw } };
}
