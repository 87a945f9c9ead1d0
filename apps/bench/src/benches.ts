import { benchBalancing } from './balancing/balancing-bench.ts';
import type { BenchRow } from './bench-row.ts';
import { benchBff } from './bff/bff-bench.ts';
import { benchRaft } from './raft/raft-bench.ts';
import { benchRegistry, REGISTRY_PARTS } from './registry/registry-bench.ts';
import { benchWire } from './wire/wire-bench.ts';

export const BENCHES = {
  balancing: {
    summary: 'picks a second and bytes a pick of each strategy, at 10, 100 and 10,000 endpoints',
    run: benchBalancing,
  },
  bff: { summary: 'the product page through gateway and BFF, beside its slowest leg alone', run: benchBff },
  raft: {
    summary: 'entries a second, CPU and syncs of each, with 1 to 256 in flight, on disk and in memory',
    run: benchRaft,
  },
  registry: {
    summary: 'puts, ranges, watches, batches and many keys, on one node and on three, beside etcd',
    parts: REGISTRY_PARTS,
    large: '1,000,000 keys instead of 100,000',
    run: benchRegistry,
  },
  wire: { summary: 'gRPC echoes, HTTP/1.1, HTTP/2, HPACK, and memory of connections, beside peers', run: benchWire },
} as const satisfies Readonly<Record<string, BenchRow>>;
export type BenchName = keyof typeof BENCHES;

export const BENCH_NAMES: readonly BenchName[] = Object.keys(BENCHES).filter((name): name is BenchName =>
  Object.hasOwn(BENCHES, name),
);
