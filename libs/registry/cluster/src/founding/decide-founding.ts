import { createHash } from 'node:crypto';
import { memberId } from '@portolan/raft';
import type { Founder, Membership } from '../folder/member-file.ts';
import { MemberForgottenError, PeersDifferError } from './errors.ts';
import type { Introduction } from './introduction.ts';

export type FoundingDecision =
  /** Addresses where nobody has answered. */
  | { readonly kind: 'wait'; readonly missing: readonly string[] }
  | { readonly kind: 'settle'; readonly membership: Membership };

/**
 * Whether a process without data may found a cluster. It may once all of its peers have none either; then each of them comes to the same
 * cluster and the same ids, for these follow from what was drawn with each folder. One that was away meanwhile finds the others in that
 * cluster, as one of its founders. Whichever of two clusters members came to, if folders are emptied at the same time, a majority of the
 * same few processes can be in one of them alone.
 * @param answers by address of each peer but this one; undefined: it has not answered
 * @throws MemberForgottenError, PeersDifferError
 */
export function decideFounding(
  self: Introduction,
  answers: ReadonlyMap<string, Introduction | undefined>,
): FoundingDecision {
  const present = [...answers].flatMap(([address, answer]) => (answer === undefined ? [] : [{ address, answer }]));
  for (const { answer } of present) {
    if (answer.membership !== undefined) return { kind: 'settle', membership: adopt(self, answer.membership) };
  }
  for (const { address, answer } of present) checkSameList(self, address, answer);
  const missing = [...answers.keys()].filter((address) => answers.get(address) === undefined);
  if (missing.length > 0) return { kind: 'wait', missing };
  return {
    kind: 'settle',
    membership: found(
      self,
      present.map(({ answer }) => answer),
    ),
  };
}

function adopt(self: Introduction, membership: Membership): Membership {
  const { clusterId, founders } = membership;
  if (founders.some(({ id }) => id === self.nonce)) return { ...membership, memberId: memberId(self.nonce) };
  const lost = founders.find(({ name, peerAddress }) => peerAddress === self.peerAddress || name === self.name);
  throw new MemberForgottenError(clusterId, lost);
}

function checkSameList(self: Introduction, address: string, { nonce, peers, peerAddress }: Introduction): void {
  if (nonce === self.nonce) throw new PeersDifferError(address, 'it is this one itself, under another address');
  if (peerAddress !== address) throw new PeersDifferError(address, `it says to be reached at ${peerAddress}`);
  const sorted = (list: readonly string[]): string => [...list].sort().join(', ');
  if (sorted(peers) !== sorted(self.peers)) {
    throw new PeersDifferError(address, `its --peers are ${sorted(peers)}, here they are ${sorted(self.peers)}`);
  }
}

function found(self: Introduction, others: readonly Introduction[]): Membership {
  const founders = [self, ...others]
    .map(({ nonce, name, peerAddress }): Founder => ({ id: memberId(nonce), name, peerAddress }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const digest = createHash('sha256').update(founders.map(({ id }) => id.toString(16)).join(' '));
  // As ids are drawn: 63 bits, never 0.
  const clusterId = (digest.digest().readBigUInt64BE() >> 1n) | 1n;
  return { clusterId, generation: 0, memberId: memberId(self.nonce), founders };
}
