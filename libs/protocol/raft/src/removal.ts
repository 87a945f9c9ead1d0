import { isMember } from './configuration.ts';
import type { Core } from './core.ts';
import { NO_INDEX, type LogIndex } from './ids.ts';
import type { Message, NotAMember } from './message.ts';
import { becomeFollower } from './roles.ts';

/**
 * Who is removed is sent nothing any more, so it would ask for votes for ever: whoever it asks tells it. What it asked for goes its
 * usual way all the same, for this member may only not know yet that the other was added.
 */
export function tellStranger(core: Core, message: Message): void {
  switch (message.kind) {
    case 'pre-vote':
    case 'vote':
    case 'forward':
    case 'read-index': {
      const { committed } = core.log;
      if (committed === NO_INDEX || isMember(core.log.configurationAt(committed), message.from)) return;
      core.send(message.from, { kind: 'not-a-member', committed });
      break;
    }
    default:
      break;
  }
}

/**
 * Both know a beginning of the one committed log. Where this one's ends it was a member, and further on it is not: it was removed in
 * between, however old the message is.
 */
export function handleNotAMember(core: Core, { from, committed }: NotAMember): void {
  const { log } = core;
  if (core.isRemoved || committed <= log.committed) return;
  if (isMember(log.configurationAt(log.committed), core.id) && isMember(log.configuration, from))
    leave(core, committed);
}

/** Called when the commit index of a leader has moved, and at the start: its own log may say it. */
export function noteRemoval(core: Core): void {
  if (!core.isRemoved && core.log.hasRemoved(core.id)) leave(core, core.log.committed);
}

function leave(core: Core, index: LogIndex): void {
  core.removedAt = index;
  core.trace({ kind: 'removed', index });
  becomeFollower(core, core.term, undefined, 'it is no member any more');
}
