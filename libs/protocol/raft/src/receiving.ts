import { unreachable } from '@portolan/kernel';
import type { Core } from './core.ts';
import { answerVoteRequest, campaign, handleVoteResponse, isInLease } from './election.ts';
import { handleAppend, handleHeartbeat, handleInstallSnapshot } from './following.ts';
import type { Leader } from './leader.ts';
import type { Message, NotAMember } from './message.ts';
import { handleForward, handleForwarded } from './proposing.ts';
import { handleReadIndex, handleReadIndexResponse } from './reading.ts';
import { handleNotAMember, tellStranger } from './removal.ts';
import { handleAppended, handleAppendRefused, handleHeartbeatResponse } from './replication.ts';
import { becomeFollower } from './roles.ts';

/** `not-a-member` is about the log, which has no term of its own. */
type Termed = Exclude<Message, NotAMember>;

/** A message of any term: a later one is entered first, one of an earlier is answered at most, one of this goes to its role. */
export function receive(core: Core, message: Message): void {
  if (message.kind === 'not-a-member') {
    handleNotAMember(core, message);
    return;
  }
  tellStranger(core, message);
  if (message.term < core.term) answerStale(core, message);
  else if (message.term === core.term || rise(core, message)) dispatch(core, message);
}

/** A higher term (§5.1). @returns whether the message is to be heard at all */
function rise(core: Core, message: Termed): boolean {
  switch (message.kind) {
    case 'pre-vote':
      return !isInLease(core);
    case 'vote':
      if (!message.transfer && isInLease(core)) return false;
      break;
    case 'pre-vote-response':
      // Names the term that was asked about; a refusal names that of who refuses.
      if (message.granted) return true;
      break;
    default:
      break;
  }
  const isLeader = message.kind === 'append' || message.kind === 'heartbeat' || message.kind === 'install-snapshot';
  becomeFollower(core, message.term, isLeader ? message.from : undefined, `member ${message.from} is in a later term`);
  return true;
}

/** A lower term: who leads, campaigns or asks in it is told, or it might never learn. */
function answerStale(core: Core, message: Termed): void {
  switch (message.kind) {
    case 'append':
    case 'heartbeat':
    case 'install-snapshot':
    case 'forward':
    case 'read-index':
      core.send(message.from, { kind: 'stale-term' });
      break;
    case 'pre-vote':
      core.send(message.from, { kind: 'pre-vote-response', granted: false });
      break;
    case 'vote':
      core.send(message.from, { kind: 'vote-response', granted: false });
      break;
    default:
      break;
  }
}

function dispatch(core: Core, message: Termed): void {
  const { role } = core;
  switch (message.kind) {
    case 'pre-vote':
    case 'vote':
      answerVoteRequest(core, message);
      break;
    case 'pre-vote-response':
    case 'vote-response':
      handleVoteResponse(core, message);
      break;
    case 'append':
      handleAppend(core, message);
      break;
    case 'heartbeat':
      handleHeartbeat(core, message);
      break;
    case 'install-snapshot':
      handleInstallSnapshot(core, message);
      break;
    case 'timeout-now':
      if (role.kind === 'follower' && core.isPromotable) campaign(core, true, 'its leader asked it to');
      break;
    case 'forwarded':
      handleForwarded(core, message);
      break;
    case 'read-index-response':
      handleReadIndexResponse(core, message);
      break;
    case 'stale-term':
      break;
    default:
      // Who has led in this term may have placed a forward of which this is a copy, so it can't say that it was refused.
      if (role.kind === 'leader') dispatchToLeader(core, role, message);
  }
}

type ForLeader = Extract<
  Message,
  { readonly kind: 'appended' | 'append-refused' | 'heartbeat-response' | 'forward' | 'read-index' }
>;

function dispatchToLeader(core: Core, leader: Leader, message: ForLeader): void {
  switch (message.kind) {
    case 'appended':
      handleAppended(core, leader, message);
      break;
    case 'append-refused':
      handleAppendRefused(core, leader, message);
      break;
    case 'heartbeat-response':
      handleHeartbeatResponse(core, leader, message);
      break;
    case 'forward':
      handleForward(core, leader, message);
      break;
    case 'read-index':
      handleReadIndex(core, leader, message);
      break;
    default:
      unreachable(message);
  }
}
