import type { BenchOptions, BenchResult } from '../bench-row.ts';
import { benchEcho } from './echo-bench.ts';
import { benchFrames } from './frames-bench.ts';
import { hasH2load } from './h2load.ts';
import { benchHpack } from './hpack-bench.ts';
import { benchHttp1 } from './http1-bench.ts';
import { benchMemory } from './memory-bench.ts';
import type { PartOptions, PartResult } from './part.ts';
import { pinHere } from './pinning.ts';
import { profileEcho } from './profile-bench.ts';

interface Part {
  readonly name: string;
  readonly run: (options: PartOptions) => Promise<PartResult>;
  readonly needsH2load?: boolean;
}

const PARTS: readonly Part[] = [
  { name: 'echo', run: benchEcho, needsH2load: true },
  { name: 'http1', run: benchHttp1 },
  { name: 'frames', run: benchFrames },
  { name: 'hpack', run: benchHpack },
  { name: 'memory', run: benchMemory },
  { name: 'profile', run: profileEcho, needsH2load: true },
];

/** gRPC, HTTP/1.1 and HTTP/2 of ours beside what Node and its libraries have. A round's time is shared by what a side does in it. */
export async function benchWire(options: BenchOptions): Promise<BenchResult> {
  const pinned = pinHere();
  const isH2loadHere = hasH2load();
  const texts: string[] = [];
  const raw: Record<string, unknown> = {};
  for (const { name, run, needsH2load } of PARTS) {
    if (needsH2load === true && !isH2loadHere) {
      const skipped = `_${name}: skipped, h2load is missing (Debian: apt-get install nghttp2-client)_`;
      options.progress(skipped);
      texts.push(skipped);
      continue;
    }
    const part = await run({ ...options, pinned });
    texts.push(part.text);
    raw[name] = part.raw;
  }
  return { text: texts.join('\n\n'), raw };
}
