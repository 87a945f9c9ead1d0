import { HELLO, RawClient, TYPE } from '@portolan/http/testing';
import type { Rng } from '@portolan/kernel';
import type { CallOptions } from '@portolan/rpc';
import { call, head } from '../raw-grpc.ts';
import { SizedService } from '../sized.ts';
import type { GrpcCaller } from './grpc-js-caller.ts';
import { sizeOf, underTerms, type Replaced } from './torn.ts';
import type { Lane, Outcome } from './traffic.ts';

const WORKERS = 4;
export const DYING_LANE = 'clients that die';

/** Calls of every kind through one connection at a time. */
export function grpcLane(name: string, caller: Replaced<GrpcCaller>): Lane {
  return {
    name,
    workers: WORKERS,
    act: (rng) =>
      underTerms(caller, rng, (client, { signal, timeoutMs }) => {
        const options = { signal, ...(timeoutMs !== undefined && { timeoutMs }) };
        return KINDS[rng.below(KINDS.length)]?.(client, rng, options) ?? Promise.resolve('answered');
      }),
  };
}

/** Whoever dies in the middle of a call, or of a frame. */
export function dyingLane(port: number): Lane {
  return {
    name: DYING_LANE,
    workers: 2,
    act: async (rng) => {
      using client = await RawClient.open(port);
      // An acknowledgement in the middle of a frame would be read as what is in it.
      client.acknowledges = false;
      client.send(HELLO);
      // Whoever waits for nothing kills more connections than a busy server accepts, and all others wait behind those.
      await Promise.race([client.frameOf(TYPE.settings), client.closed]);
      const bytes = Buffer.concat([
        call(1, SizedService.count.path, `${rng.below(300)} ${rng.below(3_000)}`),
        head(3, SizedService.weighAll.path),
        call(5, SizedService.bytes.path, String(sizeOf(rng))),
      ]);
      client.send(bytes.subarray(0, rng.below(bytes.length)));
      const turns = rng.below(20);
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      return 'torn';
    },
  };
}

type Kind = (client: GrpcCaller, rng: Rng, options: CallOptions) => Promise<Outcome>;

const KINDS: readonly Kind[] = [
  async (client, rng, options) => {
    const size = sizeOf(rng);
    const answer = await client.unary(SizedService.weigh, Buffer.alloc(size, 'x'), options);
    expectSame(answer.toString(), String(size));
    return 'answered';
  },
  async (client, rng, options) => {
    const size = sizeOf(rng);
    const answer = await client.unary(SizedService.bytes, Buffer.from(String(size)), options);
    expectSame(answer.length, size);
    return 'answered';
  },
  async (client, rng, options) => {
    const count = rng.below(100);
    const leavesAt = rng.below(4) === 0 ? rng.below(100) : Infinity;
    const request = Buffer.from(`${count} ${rng.below(5_000)}`);
    let seen = 0;
    for await (const answer of client.stream(SizedService.count, of([request]), options)) {
      expectSame(answer.subarray(0, String(seen).length).toString(), String(seen));
      seen += 1;
      if (seen > leavesAt) return 'left early';
    }
    expectSame(seen, count);
    return 'answered';
  },
  async (client, rng, options) => {
    const sizes = Array.from({ length: rng.below(40) }, () => sizeOf(rng) % 100_000);
    const requests = of(sizes.map((size) => Buffer.alloc(size)));
    const answers: string[] = [];
    for await (const answer of client.stream(SizedService.weighAll, requests, options)) answers.push(answer.toString());
    expectSame(answers.join(), sizes.join());
    return 'answered';
  },
];

async function* of(values: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* values;
}

function expectSame(seen: string | number, wanted: string | number): void {
  if (seen !== wanted) throw new Error(`answered ${seen}, where ${wanted} was to come`);
}
