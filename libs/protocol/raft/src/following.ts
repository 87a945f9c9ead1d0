import type { Core } from './core.ts';
import { LogLostError } from './errors.ts';
import { logIndex } from './ids.ts';
import type { Append, Heartbeat, InstallSnapshot } from './message.ts';
import { followSender } from './roles.ts';

/** AppendEntries (§5.3). Harmless however late or often it comes: entries are taken away on a conflict only. */
export function handleAppend(core: Core, message: Append): void {
  followSender(core, message);
  const { log } = core;
  const { previousIndex, previousTerm, entries } = message;
  if (previousIndex < log.committed) {
    core.sendOnceDurable(message.from, { kind: 'appended', index: log.committed });
    return;
  }
  if (log.termAt(previousIndex) !== previousTerm) {
    const { index: hintIndex, term: hintTerm } = log.lastWithTermAtMost(previousTerm, previousIndex);
    core.send(message.from, { kind: 'append-refused', previousIndex, hintIndex, hintTerm });
    return;
  }
  const firstNew = entries.findIndex((entry) => log.termAt(entry.index) !== entry.term);
  if (firstNew >= 0) take(core, message, firstNew);
  const index = logIndex(previousIndex + entries.length);
  log.commitTo(logIndex(Math.min(message.committed, index)));
  core.sendOnceDurable(message.from, { kind: 'appended', index });
}

function take(core: Core, { entries }: Append, firstNew: number): void {
  const { log } = core;
  const fresh = entries.slice(firstNew);
  const from = fresh[0]?.index ?? logIndex(log.lastIndex + 1);
  const { configurationIndex, configuration } = log;
  if (from <= log.lastIndex) {
    core.trace({ kind: 'truncated', from, to: log.lastIndex });
    log.truncateFrom(from);
    core.persistence.truncated(from);
  }
  log.append(fresh);
  if (log.configurationIndex !== configurationIndex || log.configuration !== configuration) {
    core.trace({ kind: 'reconfigured', index: log.configurationIndex, configuration: log.configuration });
  }
}

export function handleHeartbeat(core: Core, message: Heartbeat): void {
  followSender(core, message);
  const { log } = core;
  // A leader says no more than what was acknowledged to it, in this term, as durable here.
  if (message.committed > log.lastIndex) throw new LogLostError(core.id, message.committed, log.lastIndex);
  log.commitTo(message.committed);
  core.send(message.from, { kind: 'heartbeat-response', round: message.round });
}

/** InstallSnapshot (§7). One that is behind is answered with what is here, so that the leader goes on from there. */
export function handleInstallSnapshot(core: Core, message: InstallSnapshot): void {
  followSender(core, message);
  const { log } = core;
  const { snapshot } = message;
  if (snapshot.index > log.committed) {
    if (log.termAt(snapshot.index) === snapshot.term) {
      log.commitTo(snapshot.index);
    } else {
      core.trace({ kind: 'installing', index: snapshot.index, term: snapshot.term });
      core.persistence.truncated(log.firstIndex);
      log.restore(snapshot);
      core.snapshot = snapshot;
      core.installing = snapshot;
      core.trace({ kind: 'reconfigured', index: snapshot.index, configuration: snapshot.configuration });
    }
  }
  core.sendOnceDurable(message.from, { kind: 'appended', index: log.committed });
}
