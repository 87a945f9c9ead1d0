import { assert } from '@portolan/kernel';
import type { Core } from './core.ts';
import { entryBytes, type Entry } from './entry.ts';
import { logIndex, type MemberId } from './ids.ts';
import type { Leader } from './leader.ts';
import type { Appended, AppendRefused, HeartbeatResponse } from './message.ts';
import { advanceChange } from './membership.ts';
import type { Progress } from './progress.ts';
import { quorumValue } from './quorum.ts';
import { confirmReads } from './reading.ts';
import { askTransferee } from './transfer.ts';

/** Sends each follower what its state and its window allow: called once for everything that one loop has brought. */
export function replicate(core: Core, leader: Leader): void {
  for (const [id, progress] of leader.peers) replicateTo(core, id, progress);
}

function replicateTo(core: Core, id: MemberId, progress: Progress): void {
  if (progress.state === 'snapshot') return;
  if (progress.state === 'probe') {
    if (!progress.probed) sendAppend(core, id, progress);
    return;
  }
  let sent = false;
  while (progress.next <= core.log.lastIndex && !progress.inFlight.isFull) {
    if (!sendAppend(core, id, progress)) return;
    sent = true;
  }
  if (!sent && progress.toldCommitted < core.log.committed && progress.match >= core.log.committed) {
    sendAppend(core, id, progress);
  }
}

/** @returns false when the follower needs a snapshot instead */
function sendAppend(core: Core, id: MemberId, progress: Progress): boolean {
  const { log, limits } = core;
  const previousIndex = logIndex(progress.next - 1);
  const previousTerm = log.termAt(previousIndex);
  if (previousTerm === undefined) {
    sendSnapshot(core, id, progress);
    return false;
  }
  const isOpen = progress.state === 'probe' || !progress.inFlight.isFull;
  const entries = isOpen ? log.slice(progress.next, log.lastIndex, limits.appendBytesMax) : [];
  core.send(id, { kind: 'append', previousIndex, previousTerm, entries, committed: log.committed });
  progress.toldCommitted = log.committed;
  const last = entries.at(-1);
  if (progress.state === 'probe') {
    progress.probed = true;
  } else if (last !== undefined) {
    // Optimistic: the next append follows this one without waiting for its answer.
    progress.next = logIndex(last.index + 1);
    progress.inFlight.add(last.index, sizeOf(entries));
  }
  return true;
}

function sizeOf(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entryBytes(entry);
  return bytes;
}

/** To who is there: for one that is away, a snapshot would be made, sent and be old before it came back. */
function sendSnapshot(core: Core, id: MemberId, progress: Progress): void {
  if (!progress.active) return;
  assert(core.snapshot.index >= core.log.firstIndex - 1, 'what is compacted is in a snapshot');
  progress.becomeSnapshot(core.snapshot.index);
  core.trace({ kind: 'sent-snapshot', to: id, index: core.snapshot.index });
  core.send(id, { kind: 'install-snapshot', snapshot: core.snapshot });
}

export function handleAppended(core: Core, leader: Leader, message: Appended): void {
  const progress = leader.peers.get(message.from);
  if (progress === undefined) return;
  if (message.index > core.log.lastIndex) {
    // No bug of this member's, so no reason to end it: who has nothing true to say is not heard.
    const what = `it acknowledges ${message.index}, and the log ends at ${core.log.lastIndex}`;
    core.trace({ kind: 'protocol-error', from: message.from, what });
    return;
  }
  progress.active = true;
  const isNew = progress.matched(message.index);
  if (progress.state === 'replicate') progress.inFlight.freeTo(message.index);
  else if (progress.state === 'probe' && message.index >= progress.match) progress.becomeReplicate();
  // However it came there: as long as the log goes on from it, the follower needs no snapshot.
  else if (isNew && progress.match >= core.log.firstIndex - 1) progress.becomeReplicate();
  if (!isNew) return;
  advanceCommit(core, leader);
  askTransferee(core, leader, message.from);
}

export function handleAppendRefused(core: Core, leader: Leader, message: AppendRefused): void {
  const progress = leader.peers.get(message.from);
  if (progress === undefined) return;
  progress.active = true;
  // Terms only grow along a log: where this log's term is greater than the hint's, the two can't agree.
  const { index } = core.log.lastWithTermAtMost(message.hintTerm, message.hintIndex);
  progress.refused(message.previousIndex, index);
}

export function handleHeartbeatResponse(core: Core, leader: Leader, message: HeartbeatResponse): void {
  const progress = leader.peers.get(message.from);
  if (progress === undefined) return;
  progress.active = true;
  progress.probed = false;
  // Everything may have been lost that was sent last: an empty append finds out, and a full window is not waited for.
  if (progress.state === 'replicate' && progress.match < core.log.lastIndex) sendAppend(core, message.from, progress);
  if (message.round > progress.round) {
    progress.round = message.round;
    confirmReads(core, leader);
  }
}

/**
 * Commits what a quorum has, if it is of this term: an entry of an earlier one may still be overwritten, wherever it is (Figure 8),
 * until one of this term after it is committed (§5.4.2).
 */
export function advanceCommit(core: Core, leader: Leader): void {
  const { log } = core;
  const index = logIndex(quorumValue(log.configuration, (id) => leader.matchOf(id)));
  if (index <= log.committed || log.termAt(index) !== core.term) return;
  const committed = log.slice(
    logIndex(Math.max(log.committed + 1, leader.firstIndex)),
    index,
    Number.POSITIVE_INFINITY,
  );
  for (const entry of committed) if (entry.kind !== 'empty') leader.uncommittedBytes -= entryBytes(entry);
  log.commitTo(index);
  advanceChange(core, leader);
}
