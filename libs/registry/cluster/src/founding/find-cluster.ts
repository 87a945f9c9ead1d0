import { MemberServiceService } from '@portolan/contracts/cluster';
import type { Clock } from '@portolan/kernel';
import { connect, createClient, RpcError, type TlsIdentity } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import { CLUSTER_PRINCIPAL } from '../cluster-principal.ts';
import type { Membership } from '../folder/member-file.ts';
import { decideFounding } from './decide-founding.ts';
import { decodeIntroduction, type Introduction } from './introduction.ts';

/** Between two rounds: what a start of all members at once waits for at most, beyond the slowest of them. */
export const ROUND_MS = 100;
/** Somebody who does not answer for so long is asked again in the next round. */
export const ASK_MS = 1_000;

export interface FindClusterOptions {
  readonly self: () => Introduction;
  readonly clock: Clock;
  readonly tls: TlsIdentity | undefined;
  /** Told when it has changed. */
  readonly onWaiting: (missing: readonly string[]) => void;
}

/**
 * Founds a cluster with all of its peers, or finds itself in the one that they have founded with it.
 * @throws MemberForgottenError, PeersDifferError, the signal's reason
 */
export async function findCluster(options: FindClusterOptions, signal: AbortSignal): Promise<Membership> {
  const { self, clock, onWaiting } = options;
  const others = self().peers.filter((address) => address !== self().peerAddress);
  let waitingFor = '';
  for (;;) {
    const heard = await Promise.all(others.map((address) => introductionOf(address, options, signal)));
    signal.throwIfAborted();
    const decision = decideFounding(self(), new Map(others.map((address, index) => [address, heard[index]])));
    if (decision.kind === 'settle') return decision.membership;
    if (decision.missing.join() !== waitingFor) onWaiting(decision.missing);
    waitingFor = decision.missing.join();
    await sleep(clock, ROUND_MS, signal);
  }
}

/** @returns undefined when nobody answers in time */
async function introductionOf(
  address: string,
  { tls }: FindClusterOptions,
  signal: AbortSignal,
): Promise<Introduction | undefined> {
  await using connection = connect(address, { tls, principal: CLUSTER_PRINCIPAL });
  try {
    const client = createClient(MemberServiceService, connection);
    return decodeIntroduction(await client.introduce({}, { timeoutMs: ASK_MS, signal }));
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return undefined;
  }
}
