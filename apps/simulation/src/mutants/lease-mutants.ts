import { edit, type Mutant } from './mutant.ts';

/** Who led goes on judging, by the keep-alives that it has heard. */
const JUDGES_ON = edit(
  'kv',
  'local-state.ts',
  '    this.#resign();\n    if (!isEstablished || this.#isClosed) return;',
  '    if (isEstablished) this.#resign();\n    if (!isEstablished || this.#isClosed) return;',
);

/** An expiry is proposed whoever leads by then. */
const UNTIMED = edit(
  'kv',
  'log/raft-log.ts',
  "command.kind === 'expire' ? term(command.term) : undefined",
  "command.kind === 'expire' ? undefined : undefined",
);

export const LEASE_MUTANTS = {
  'stalled-leader-revokes': {
    story: 'who led before revokes leases that its successor keeps alive (etcd#15247)',
    edits: [
      JUDGES_ON,
      edit(
        'kv',
        'lease/lessor.ts',
        "propose({ kind: 'expire', term, leases })",
        "Promise.all(leases.map(({ id }) => propose({ kind: 'revoke', id })))",
      ),
      edit('kv', 'lease/lessor.ts', 'const { term, propose } = this.#options;', 'const { propose } = this.#options;'),
    ],
  },
  'void-expiry-applied': {
    story: 'an expiry that was decided in an earlier term takes effect in a later one',
    edits: [
      JUDGES_ON,
      edit('kv', 'machine/state-machine.ts', 'if (command.term === entry.term) {', 'if (command.term <= entry.term) {'),
      UNTIMED,
    ],
  },
  'lease-by-the-calendar': {
    story: 'leases are judged by the calendar, which somebody sets',
    edits: [
      edit(
        'kv',
        'local-state.ts',
        'clock: this.#options.clock,\n      term,',
        'clock: {\n        now: () => this.#options.clock.epoch(),\n        after: (ms: number, callback: () => void) => this.#options.clock.after(ms, callback),\n      },\n      term,',
      ),
    ],
  },
  'lease-judged-by-everybody': {
    story: 'each member judges leases by its own clock, also who has not heard of the keep-alives',
    edits: [
      edit(
        'kv',
        'local-state.ts',
        'if (!isEstablished || this.#isClosed) return;',
        'if (isEstablished && this.#isClosed) return;',
      ),
      UNTIMED,
    ],
  },
  'keep-alive-of-what-expires': {
    story: 'a keep-alive is confirmed while the expiry of its lease is under way',
    edits: [edit('kv', 'lease/lease-judge.ts', 'lessor.settled(id)', 'Promise.resolve()')],
  },
  'keep-alive-judged-by-who-led': {
    story: 'who has been deposed while it asked says that the lease has ended',
    edits: [
      edit('kv', 'lease/lease-judge.ts', '    if (this.#local.lessor !== lessor) throw this.#notLeader();\n', ''),
    ],
  },
  'leases-not-restarted': {
    story: 'a new leader counts the time of leases from before it led, though it has heard of no keep-alive',
    edits: [
      edit('kv', 'lease/lessor.ts', 'const since = this.#options.clock.now() + extraMs;', 'const since = extraMs;'),
    ],
  },
  'leases-not-inherited': {
    story: 'a new leader knows the leases alone that were granted under it: the others never end',
    edits: [
      edit(
        'kv',
        'local-state.ts',
        '    this.#lessor.inherit(this.machine.leases.capture().values(), leaseGraceMs);\n',
        '',
      ),
    ],
  },
  'lease-keys-in-any-order': {
    story: 'the keys of a lease are deleted in the order in which this member came to know them',
    edits: [edit('kv', 'machine/lease-table.ts', '[...keys[keyspace]].sort().map(', '[...keys[keyspace]].map(')],
  },
} as const satisfies Readonly<Record<string, Mutant>>;
