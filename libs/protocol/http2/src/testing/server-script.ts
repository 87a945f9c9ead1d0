import { block, frame } from './wire.ts';
import type { Seeded } from './seeded.ts';

const INTERIM = block([':status', '103', 'link', '</a>']);
const ANSWERS: readonly [number[], ...number[][]] = [
  block([':status', '200', 'content-type', 'text/plain']),
  block([':status', '204']),
  block([':status', '200', 'content-length', '3']),
  block([':status', '404', 'x', 'y', 'Bad', 'name']),
];
const TRAILERS = block(['grpc-status', '0']);

/** Frames of a server, right more often than not, on the first few streams of a client. */
export function serverFrame(seeded: Seeded): number[] {
  const stream = 1 + 2 * seeded.below(6);
  const end = seeded.below(2);
  switch (seeded.below(14)) {
    case 0:
    case 1:
      return frame(1, 4 | end, stream, seeded.pick(ANSWERS));
    case 2:
      return frame(1, 4, stream, INTERIM);
    case 3:
    case 4:
      return frame(0, end, stream, seeded.bytes(seeded.below(9_000)));
    case 5:
      return frame(0, 8 | end, stream, [3, ...seeded.bytes(seeded.below(60)), 0, 0, 0]);
    case 6:
      return frame(1, 5, stream, TRAILERS);
    case 7:
      return frame(3, 0, stream, [0, 0, 0, seeded.below(14)]);
    case 8:
      return frame(8, 0, seeded.once(2) ? 0 : stream, [0, 0, seeded.below(256), seeded.below(256)]);
    case 9:
      return frame(4, 0, 0, [0, 4, 0, seeded.below(3), seeded.below(256), 0, 0, 3, 0, 0, 0, seeded.below(9)]);
    case 10:
      return frame(6, seeded.below(2), 0, seeded.bytes(8));
    case 11:
      return seeded.once(8) ? frame(7, 0, 0, [0, 0, 0, stream, 0, 0, 0, end]) : frame(4, 1, 0);
    case 12:
      return [...frame(1, end, stream, INTERIM.slice(0, 2)), ...frame(9, 4, stream, INTERIM.slice(2))];
    default:
      return frame(seeded.below(14), seeded.below(64), seeded.below(14), seeded.bytes(seeded.below(12)));
  }
}
