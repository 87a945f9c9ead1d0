import type { Core } from './core.ts';
import { NoLeaderError, OverloadedError, TransferringError } from './errors.ts';
import { ENTRY_OVERHEAD_BYTES } from './limits.ts';
import { logIndex } from './ids.ts';
import type { Leader } from './leader.ts';
import type { BatchId, Forward, Forwarded, RefusalReason } from './message.ts';
import { appendOwn } from './append-own.ts';

/** @throws NoLeaderError, OverloadedError, TransferringError: certainly not proposed */
export function propose(core: Core, token: number, data: Uint8Array): void {
  const { role } = core;
  if (role.kind !== 'leader') {
    if (core.leader === undefined) throw new NoLeaderError();
    core.questions.propose(token, data);
    return;
  }
  if (role.transfer !== undefined) throw new TransferringError(role.transfer.to);
  if (!hasRoom(core, role, data.length))
    throw new OverloadedError('uncommitted bytes', core.limits.uncommittedBytesMax);
  const index = appendOwn(core, role, { kind: 'command', data });
  core.placements.push({ kind: 'placed', token, index, term: core.term });
}

/** One proposal always finds room: however large, it must be possible. */
function hasRoom(core: Core, leader: Leader, bytes: number): boolean {
  const { uncommittedBytes } = leader;
  return uncommittedBytes <= 0 || uncommittedBytes + ENTRY_OVERHEAD_BYTES + bytes <= core.limits.uncommittedBytesMax;
}

/** All proposals of a batch are placed, one after the other, or none is. */
export function handleForward(core: Core, leader: Leader, message: Forward): void {
  const { from, batch, proposals } = message;
  const last = leader.forwarded.get(from);
  // A copy, or overtaken: not answered, as a refusal could be believed of what was placed; its sender gives it up as unknown.
  if (last !== undefined && !isAfter(batch, last)) return;
  leader.forwarded.set(from, batch);
  const reason = refusal(core, leader, message);
  if (reason !== undefined) {
    core.send(from, { kind: 'forwarded', batch, outcome: { kind: 'refused', reason } });
    return;
  }
  const firstIndex = logIndex(core.log.lastIndex + 1);
  for (const data of proposals) appendOwn(core, leader, { kind: 'command', data });
  core.send(from, { kind: 'forwarded', batch, outcome: { kind: 'placed', firstIndex } });
}

function refusal(core: Core, leader: Leader, { proposals }: Forward): RefusalReason | undefined {
  if (leader.transfer !== undefined) return 'transferring';
  const bytes = proposals.reduce((sum, data) => sum + ENTRY_OVERHEAD_BYTES + data.length, 0);
  return hasRoom(core, leader, bytes - ENTRY_OVERHEAD_BYTES) ? undefined : 'overloaded';
}

const isAfter = (batch: BatchId, last: BatchId): boolean =>
  batch.start > last.start || (batch.start === last.start && batch.sequence > last.sequence);

export function handleForwarded(core: Core, { batch, outcome }: Forwarded): void {
  core.placements.push(
    ...(outcome.kind === 'placed'
      ? core.questions.placed(batch, outcome.firstIndex, core.term)
      : core.questions.refused(batch, outcome.reason)),
  );
}

/** What the clients of a follower have asked since the last `ready`, in few messages, none larger than an append. */
export function ask(core: Core): void {
  if (core.leader === undefined || core.leader === core.id) return;
  const { appendBytesMax } = core.limits;
  let forward = core.questions.takeProposals(appendBytesMax);
  for (; forward !== undefined; forward = core.questions.takeProposals(appendBytesMax)) {
    core.send(core.leader, { kind: 'forward', ...forward });
  }
  const batch = core.questions.takeReads();
  if (batch !== undefined) core.send(core.leader, { kind: 'read-index', batch });
}
