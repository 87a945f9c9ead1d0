import type { Hello } from '@portolan/contracts/raft-peer';
import { connectFast } from '@portolan/grpc';
import { createClient } from '@portolan/rpc';
import { VERSIONS } from '../hello.ts';
import { PEER_RPC_LIMITS } from '../options.ts';
import { PEER_SERVICE } from '../service.ts';
import { decodeFrame, encodeFrame, type IncomingFrame } from '../wire/frame.ts';

/** What member 9 of cluster 1 says to member 1, unless a test wants something else. */
export function helloOf(changes: Partial<Hello> = {}): Hello {
  return {
    ...{ versions: VERSIONS, clusterId: 1n, from: 9n, to: 1n, incarnation: 0n, name: 'n9', commandFormat: 1 },
    ...{ session: 5n, book: [], ...changes },
  };
}

export const helloFrame = (changes: Partial<Hello> = {}): Buffer =>
  encodeFrame({ hello: helloOf(changes), ping: 0n, pong: 0n, book: [], messages: [] });

/**
 * Sends frames as they are to the peer at `address`, and reads what it says until it ends the stream or `enough` is said.
 * @throws RpcError as the peer ends it
 */
export async function sayTo(
  address: string,
  frames: readonly Uint8Array[],
  enough: (frames: readonly IncomingFrame[]) => boolean = () => false,
): Promise<readonly IncomingFrame[]> {
  await using connection = connectFast(address, { limits: { messageBytes: 4 * PEER_RPC_LIMITS.messageBytes } });
  const client = createClient({ connect: PEER_SERVICE.connect }, connection);
  const end = Promise.withResolvers<undefined>();
  const heard: IncomingFrame[] = [];
  async function* saying(): AsyncGenerator<Buffer, void> {
    for (const frame of frames) yield Buffer.from(frame);
    await end.promise;
  }
  try {
    for await (const frame of client.connect(saying(), { timeoutMs: 25_000 })) {
      heard.push(decodeFrame(frame, undefined));
      if (enough(heard)) break;
    }
  } finally {
    end.resolve(undefined);
  }
  return heard;
}
