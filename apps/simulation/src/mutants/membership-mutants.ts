import { edit, type Mutant } from './mutant.ts';

export const MEMBERSHIP_MUTANTS = {
  'single-step-replacement': {
    story: 'a member is replaced in one step: the old and the new voters have majorities that do not meet',
    edits: [
      edit(
        'raft',
        'configuration.ts',
        'outgoing: sameVoters ? [] : current.voters,',
        'outgoing: sameVoters ? [] : [],',
      ),
    ],
  },
  'joint-counts-the-new-only': {
    story: 'while voters change, a majority of the new ones commits alone',
    edits: [
      edit('raft', 'quorum.ts', 'majorityValue(configuration.outgoing, valueOf));', 'majorityValue([], valueOf));'),
    ],
  },
  'configuration-not-in-the-snapshot': {
    story: 'a member that starts from a snapshot has the members that the cluster began with',
    edits: [edit('driver', 'recover.ts', '  return metadata;\n', '  return { ...metadata, configuration: first };\n')],
  },
  'configuration-not-rolled-back': {
    story: 'a configuration stays in force though its entry was taken away',
    edits: [
      edit(
        'raft',
        'log.ts',
        'this.#configurations = this.#configurations.filter((entry) => entry.index < index);',
        'this.#configurations = [...this.#configurations];',
      ),
    ],
  },
  'two-changes-at-once': {
    story: 'a change of members begins while the last one is not committed',
    edits: [
      edit(
        'raft',
        'membership.ts',
        "if (log.configurationIndex > log.committed) throw new ChangePendingError('the last change is not committed');",
        '',
      ),
      edit(
        'raft',
        'membership.ts',
        "if (isJoint(log.configuration)) throw new ChangePendingError('the last change has not ended');",
        '',
      ),
    ],
  },
  'joint-left-too-early': {
    story: 'a leader leaves the joint configuration before it is committed',
    edits: [
      edit(
        'raft',
        'membership.ts',
        '  if (log.configurationIndex > log.committed) return;\n  if (isJoint',
        '  if (isJoint',
      ),
    ],
  },
  'removal-believed-of-who-lags': {
    story: 'a member that was just added takes itself for removed, because one that lags does not know it yet',
    edits: [edit('raft', 'removal.ts', 'core.isRemoved || committed <= log.committed', 'core.isRemoved')],
  },
  'learner-does-not-vote': {
    story: 'a promoted learner that does not know it yet refuses its vote, and nobody is elected',
    edits: [
      edit(
        'raft',
        'election.ts',
        'const granted = isFree && core.log.isUpToDate(request.lastTerm, request.lastIndex);',
        'const granted = isFree && isVoter(core.log.configuration, core.id) && core.log.isUpToDate(request.lastTerm, request.lastIndex);',
      ),
    ],
  },
} as const satisfies Readonly<Record<string, Mutant>>;
