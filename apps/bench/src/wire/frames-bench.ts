import { measure, type Side } from '../measurement.ts';
import { digits, tableOf, whole } from '../table.ts';
import type { PartOptions, PartResult } from './part.ts';
import { AnsweringServer, recordRequests, recordUpload, type Recording } from './recorded-client.ts';
import { throughputOf } from './throughput.ts';

const NOTE =
  'Content is not copied but lent, and nobody looks at it: MB/s of DATA say what its frames cost. A request is answered with one HEADERS frame of indexes.';
const REQUESTS = 12_800;
const UPLOAD_BYTES = 8 * 1_048_576;

/** Frames of a client of ours, sent again and again to servers that are new each time. */
export async function benchFrames({ rounds, seconds, progress }: PartOptions): Promise<PartResult> {
  const upload = recordUpload(UPLOAD_BYTES);
  const calls = recordRequests(REQUESTS);
  const sides: readonly Side[] = [
    { name: 'DATA, 16 KiB', round: () => replayed(upload, 1, seconds / 5) },
    { name: 'HEADERS, DATA of 134 bytes', round: () => replayed(calls, REQUESTS, seconds / 5) },
  ];
  progress('frames: warming up');
  for (const side of sides) await side.round();
  const measured = await measure(sides, rounds, (what) => {
    progress(`frames, ${what}`);
  });
  const table = tableOf('HTTP/2 frames received', measured, [
    { figure: 'framesPerSecond', title: 'frames/s', format: whole },
    { figure: 'megabytesPerSecond', title: 'MB/s', format: whole },
    { figure: 'requestsPerSecond', title: 'requests/s', format: whole },
    { figure: 'bytesAFrame', title: 'bytes allocated a frame', format: digits(1) },
    { figure: 'bytesARequest', title: 'bytes allocated a request', format: digits(0) },
  ]);
  return {
    text: `${table}\n\n${NOTE}`,
    raw: measured,
  };
}

/** @param requests of the recording; their figures are left out when it is one upload */
async function replayed(
  recording: Recording,
  requests: number,
  seconds: number,
): Promise<Readonly<Record<string, number>>> {
  const { perSecond, bytesAllocated } = await throughputOf(() => {
    const server = new AnsweringServer();
    for (const piece of recording.pieces) server.receive(piece);
    if (server.answered !== requests) throw new Error(`${server.answered} of ${requests} requests were answered`);
    return 1;
  }, seconds);
  return {
    framesPerSecond: perSecond * recording.frames,
    megabytesPerSecond: (perSecond * recording.bytes) / 1e6,
    bytesAFrame: bytesAllocated / recording.frames,
    ...(requests === 1 ? {} : { requestsPerSecond: perSecond * requests, bytesARequest: bytesAllocated / requests }),
  };
}
