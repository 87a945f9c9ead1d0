import { edit, type Mutant } from './mutant.ts';

export const ALARM_MUTANTS = {
  'alarm-beside-the-log': {
    story: 'an alarm is raised at the member that is asked, and nowhere else',
    edits: [
      edit(
        'kv',
        'machine/state-machine.ts',
        '  get alarms(): readonly Alarm[] {',
        '  set alarms(alarms: readonly Alarm[]) {\n    this.#state.alarms = alarms;\n  }\n\n  get alarms(): readonly Alarm[] {',
      ),
      edit(
        'kv',
        'store-admin.ts',
        "    await this.#options.propose({ kind: 'raise-alarm', alarm: bare(alarm) }, signal);\n",
        '    const { machine } = this.#options.local;\n    machine.alarms = [...machine.alarms, bare(alarm)];\n',
      ),
    ],
  },
  'alarms-lost-in-a-snapshot': {
    story: 'a member that starts from a snapshot knows no alarm, and takes the writes that the others refuse',
    edits: [edit('kv', 'snapshot/state-restorer.ts', 'this.#alarms = ', 'this.#alarms = [];\n    void ')],
  },
  'alarm-of-one-keyspace': {
    story: 'an alarm that names no keyspace is of none, where it is of all',
    edits: [
      edit(
        'kv',
        'machine/alarms.ts',
        '(alarm.keyspace === undefined || alarm.keyspace === keyspace)',
        'alarm.keyspace === keyspace',
      ),
    ],
  },
  'alarm-forbids-deletes': {
    story: 'without space nothing can be deleted: it never gets better',
    edits: [
      edit(
        'kv',
        'machine/run-txn.ts',
        'function runDelete(scope: TxnScope, operation: DeleteOperation): OperationResult {\n  requireWritable(scope);',
        'function runDelete(scope: TxnScope, operation: DeleteOperation): OperationResult {\n  requireWritable(scope);\n  if (isFull(scope.alarms, operation.keyspace)) throw quotaExceeded(scope, operation.keyspace);',
      ),
    ],
  },
  'format-before-all-know-it': {
    story: 'who leads raises the format of commands when it knows the new one, and older members stop',
    edits: [
      edit(
        'kv',
        'format-agreement.ts',
        'Math.min(COMMAND_FORMAT, ofAll() ?? 0)',
        'Math.min(COMMAND_FORMAT, ofAll() ?? COMMAND_FORMAT)',
      ),
    ],
  },
  'format-of-the-silent': {
    story: 'a member that has not told which formats it knows counts as if it knew all',
    edits: [
      edit(
        'kv',
        'log/raft-log.ts',
        'if (format === undefined) return undefined;',
        'if (format === undefined) continue;',
      ),
    ],
  },
  'format-lost-in-a-snapshot': {
    story: 'a member that starts from a snapshot is at the first format, and refuses what the others take',
    edits: [edit('kv', 'snapshot/write-snapshot.ts', 'commandFormat: isFirst ? 0 : format,', 'commandFormat: 0,')],
  },
} as const satisfies Readonly<Record<string, Mutant>>;
