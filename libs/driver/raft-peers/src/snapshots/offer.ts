import { MemberSets, type SnapshotOffer } from '@portolan/contracts/raft-peer';
import { checkedInteger } from '@portolan/kernel';
import { logIndex, memberId, term } from '@portolan/raft';
import type { InstallSnapshot } from '@portolan/raft-driver';
import type { Hello } from '@portolan/contracts/raft-peer';
import { MalformedFrameError } from '../errors.ts';
import { configurationOf } from '../wire/decode-message.ts';

export function offerOf({ term: of, snapshot }: InstallSnapshot, hello: Hello): SnapshotOffer {
  const { index, term: logTerm, configuration } = snapshot;
  return {
    hello,
    term: BigInt(of),
    index: BigInt(index),
    logTerm: BigInt(logTerm),
    configuration: MemberSets.fromPartial(configuration),
  };
}

/** @throws MalformedFrameError, UnsafeIntegerError */
export function messageOfOffer(offer: SnapshotOffer, { from, to }: Pick<Hello, 'from' | 'to'>): InstallSnapshot {
  const { configuration } = offer;
  if (configuration === undefined || configuration.voters.length === 0) {
    throw new MalformedFrameError('snapshot', 'it leaves nobody to vote');
  }
  return {
    kind: 'install-snapshot',
    from: memberId(from),
    to: memberId(to),
    term: term(checkedInteger(offer.term, 'term')),
    snapshot: {
      index: logIndex(checkedInteger(offer.index, 'index of a snapshot')),
      term: term(checkedInteger(offer.logTerm, 'term of a snapshot')),
      configuration: configurationOf(configuration),
    },
  };
}

/** Whether both are of the same state, asked for by the same leader: what was received of one is a part of the other. */
export function isSameSnapshot(a: InstallSnapshot, b: InstallSnapshot): boolean {
  return a.term === b.term && a.snapshot.index === b.snapshot.index && a.snapshot.term === b.snapshot.term;
}
