/** What a run must have seen at least once: a world that is too kind proves nothing. */
export const KV_COVERAGE_NAMES = [
  'elections',
  'snapshots taken',
  'snapshots installed',
  'changes of voters',
  'learners added',
  'transfers of leadership',
  'crashes of one',
  'crashes of all',
  'crashes at a bad moment',
  'pauses',
  'disks hung under a leader',
  'failed syncs',
  'reads',
  'reads under partition',
  'serializable reads',
  'serializable reads of a member behind',
  'reads of the past',
  'reads of what is compacted',
  'writes of unknown outcome',
  'compares that held',
  'compares that did not hold',
  'writes tried again',
  'retries answered from the kept result',
  'grants',
  'keep-alives',
  'keep-alives of another',
  'times to live',
  'revokes',
  'expiries',
  'leases carried over a leader change',
  'watches resumed elsewhere',
  'watches that a snapshot overtook',
  'watches ended by a compaction',
  'compactions asked for',
  'compactions by the leader itself',
  'compactions under watch',
  'states compared',
  'members upgraded',
  'members taken back to an older version',
  'formats raised',
  'clusters that stay at an older format',
  'alarms of no space',
  'alarms of corruption',
  'alarms of a quota',
  'alarms disarmed',
  'alarms refused before all members know them',
  'writes kept out by an alarm',
  'deletes without space',
  'backups taken',
  'damaged backups refused',
  'backups restored',
  'backups restored with alarms',
  'leases restored',
  'retries of before a restore',
  'watches ended by a restore',
] as const;

export type KvCoverageName = (typeof KV_COVERAGE_NAMES)[number];

export class KvCoverage {
  readonly #counts = new Map<KvCoverageName, number>();

  count(name: KvCoverageName): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
