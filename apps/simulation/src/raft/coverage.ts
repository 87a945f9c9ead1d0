/** What a run must have seen at least once: a world that is too kind proves nothing. */
export const COVERAGE_NAMES = [
  'elections',
  'leaders that lost their quorum',
  'truncations',
  'snapshots taken',
  'snapshots installed',
  'changes of voters',
  'transfers of leadership',
  'members that were removed and know it',
  'proposals forwarded',
  'reads confirmed under partition',
  'proposals of unknown outcome',
  'crashes of one',
  'crashes of all',
  'crashes at a bad moment',
  'torn log tails cut',
  'damaged logs refused',
  'failed syncs',
  'disks full',
  'disks hung under a leader',
  'leaders replaced because their disk hung',
  'pauses',
] as const;

export type CoverageName = (typeof COVERAGE_NAMES)[number];

export type Coverage = Readonly<Record<string, number>>;

export class CoverageCounter {
  readonly #counts = new Map<CoverageName, number>();

  count(name: CoverageName): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  get coverage(): Coverage {
    return Object.fromEntries(this.#counts);
  }
}
