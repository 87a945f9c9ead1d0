import type { KvCompare, KvKeys, KvKeyValue } from './kv-operations.ts';

/** A revision, or, of a write that never answered in a store whose revisions have gaps, what it may be. */
export interface RevisionBounds {
  readonly min: number;
  readonly max: number;
}

export interface KvKeyState {
  readonly value: string;
  readonly create: RevisionBounds;
  readonly mod: RevisionBounds;
  readonly version: number;
  readonly lease: string | undefined;
}

export interface KvState {
  /** At least this; exactly this when revisions have no gaps. */
  readonly revision: number;
  readonly keys: ReadonlyMap<string, KvKeyState>;
  /** Each with the grant or keep-alive that renewed it last. */
  readonly leases: ReadonlyMap<string, number>;
}

/** In order, those of a range that are there. */
export function keysIn(keys: ReadonlyMap<string, KvKeyState>, { from, to }: KvKeys): string[] {
  const isIn = (key: string): boolean => (to === undefined ? key === from : key >= from && key < to);
  return [...keys.keys()].filter(isIn).sort();
}

/** Whether a compare may hold, and whether it may not: both, where a revision is not known. */
export function compareMay(key: KvKeyState | undefined, compare: KvCompare): { hold: boolean; fail: boolean } {
  const { relation } = compare;
  if (compare.target === 'value') return certainly(key !== undefined && holds(key.value, relation, compare.value));
  if (compare.target === 'lease') return certainly(holds(key?.lease ?? '', relation, compare.value ?? ''));
  if (compare.target === 'version') return certainly(holds(key?.version ?? 0, relation, compare.value));
  const { min, max } = key?.[compare.target] ?? { min: 0, max: 0 };
  const { value } = compare;
  if (relation === 'less') return { hold: min < value, fail: max >= value };
  if (relation === 'greater') return { hold: max > value, fail: min <= value };
  const equal = { hold: min <= value && value <= max, fail: min !== value || max !== value };
  return relation === 'equal' ? equal : { hold: equal.fail, fail: equal.hold };
}

/** The key, now that its revisions have been seen; `undefined` when they cannot be these, or anything else differs. */
export function observed(key: KvKeyState, seen: KvKeyValue): KvKeyState | undefined {
  const isSame = key.value === seen.value && key.version === seen.version && key.lease === seen.lease;
  if (!isSame || !isWithin(seen.createRevision, key.create) || !isWithin(seen.modRevision, key.mod)) return undefined;
  return { ...key, create: exactly(seen.createRevision), mod: exactly(seen.modRevision) };
}

export function exactly(revision: number): RevisionBounds {
  return { min: revision, max: revision };
}

/** Every write so far was at or before `revision`: bounds that were open are no longer. */
export function boundedBy(keys: ReadonlyMap<string, KvKeyState>, revision: number): ReadonlyMap<string, KvKeyState> {
  const isOpen = ({ create, mod }: KvKeyState): boolean => mod.max > revision || create.max > revision;
  if (![...keys.values()].some(isOpen)) return keys;
  const bounded = (bounds: RevisionBounds): RevisionBounds => ({ ...bounds, max: Math.min(bounds.max, revision) });
  return new Map(
    [...keys].map(([name, key]) => [name, { ...key, create: bounded(key.create), mod: bounded(key.mod) }]),
  );
}

export function keyOfState({ revision, keys, leases }: KvState): string {
  const texts = [...keys].map(
    ([name, { value, create, mod, version, lease }]) =>
      `${name}=${value}@${textOf(create)}/${textOf(mod)}×${version}${lease === undefined ? '' : ` with ${lease}`}`,
  );
  const renewals = [...leases].map(([lease, renewal]) => `${lease}#${renewal}`);
  return `at ${revision} {${texts.sort().join(' ')}}${renewals.length > 0 ? ` leases ${renewals.sort().join(' ')}` : ''}`;
}

function textOf({ min, max }: RevisionBounds): string {
  return min === max ? `${min}` : `${min}–${max}`;
}

function isWithin(revision: number, { min, max }: RevisionBounds): boolean {
  return min <= revision && revision <= max;
}

function certainly(hold: boolean): { hold: boolean; fail: boolean } {
  return { hold, fail: !hold };
}

function holds<Value extends string | number>(one: Value, relation: KvCompare['relation'], other: Value): boolean {
  switch (relation) {
    case 'equal':
      return one === other;
    case 'not-equal':
      return one !== other;
    case 'less':
      return one < other;
    case 'greater':
      return one > other;
  }
}
