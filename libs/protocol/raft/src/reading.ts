import type { Core } from './core.ts';
import { NoLeaderError, OverloadedError } from './errors.ts';
import type { LogIndex } from './ids.ts';
import type { Leader } from './leader.ts';
import type { ReadIndexRequest, ReadIndexResponse } from './message.ts';
import { quorumValue } from './quorum.ts';
import type { Reader } from './read-rounds.ts';
import { sendHeartbeats } from './heartbeats.ts';

/** @throws NoLeaderError, OverloadedError */
export function readIndex(core: Core, token: number): void {
  const { unansweredMax } = core.limits;
  if (core.role.kind === 'leader') {
    if (core.role.reads.count >= unansweredMax) throw new OverloadedError('unanswered reads', unansweredMax);
    core.role.reads.add({ kind: 'local', token });
  } else if (core.leader === undefined) throw new NoLeaderError();
  else core.questions.read(token);
}

/** One too many is not answered: who asked gives it up, and asks again. */
export function handleReadIndex(core: Core, leader: Leader, { from, batch }: ReadIndexRequest): void {
  if (leader.reads.count < core.limits.unansweredMax) leader.reads.add({ kind: 'member', member: from, batch });
}

export function handleReadIndexResponse(core: Core, { batch, index }: ReadIndexResponse): void {
  core.reads.push(...core.questions.confirmed(batch, index));
}

/**
 * One round for all reads that wait, once the last one is answered (as etcd's): with 256 reads in flight, each asked in a turn of its own, a
 * round each was 4 messages a read, and this is 0.03. A read waits for half a round more, on average.
 */
export function beginReads(core: Core, leader: Leader): void {
  if (leader.reads.isDue) beginRound(core, leader);
}

/**
 * Not before this leader has committed an entry of its own term: until then its commit index may be behind what an earlier leader has
 * acknowledged (§8).
 * @returns whether a round has begun
 */
export function beginRound(core: Core, leader: Leader): boolean {
  if (!leader.reads.isWaiting || core.log.committed < leader.firstIndex) return false;
  leader.reads.begin(core.log.committed);
  sendHeartbeats(core, leader);
  confirmReads(core, leader);
  return true;
}

export function confirmReads(core: Core, leader: Leader): void {
  const { reads, peers } = leader;
  const round = quorumValue(core.log.configuration, (id) =>
    id === core.id ? reads.round : (peers.get(id)?.round ?? 0),
  );
  for (const { readers, index } of reads.confirm(round)) for (const reader of readers) answer(core, reader, index);
}

function answer(core: Core, reader: Reader, index: LogIndex): void {
  if (reader.kind === 'local') core.reads.push({ kind: 'confirmed', token: reader.token, index });
  else core.send(reader.member, { kind: 'read-index-response', batch: reader.batch, index });
}

/** The end of a leader: its own clients are told, other members see the new term. */
export function dropReads(core: Core, leader: Leader): void {
  for (const reader of leader.reads.abandoned()) {
    if (reader.kind === 'local') core.reads.push({ kind: 'dropped', token: reader.token });
  }
}
