import type { Header, PrincipalRequest } from './header.ts';
import type { Keyspace, Revision } from './ids.ts';
import type { KeyRange } from './key-range.ts';
import type { KeyValue } from './key-value.ts';

export type SortTarget = 'key' | 'version' | 'create' | 'mod' | 'value';

export interface Sort {
  readonly target: SortTarget;
  readonly order: 'ascend' | 'descend';
}

/** What is read. Filters apply first, then `sort`, then `limit`. */
export interface RangeQuery {
  readonly keyspace: Keyspace;
  readonly keys: KeyRange;
  /** Default: the newest. */
  readonly revision?: Revision;
  /** At most this many keys; default all. */
  readonly limit?: number;
  /** Default `key-values`. `count` returns no keys at all. */
  readonly select?: 'key-values' | 'keys' | 'count';
  /** Default: by key, ascending. Equal ones stay in the order of their keys. */
  readonly sort?: Sort;
  /** Bounds are inclusive. */
  readonly minModRevision?: Revision;
  readonly maxModRevision?: Revision;
  readonly minCreateRevision?: Revision;
  readonly maxCreateRevision?: Revision;
}

export interface RangeRequest extends RangeQuery, PrincipalRequest {
  /** Answer from what this member has, perhaps behind the others. Default: linearizable. */
  readonly serializable?: boolean;
}

export interface RangeAnswer {
  readonly keyValues: readonly KeyValue[];
  /** `limit` cut the answer short. */
  readonly more: boolean;
  /** Keys in the range, whatever `limit` and the filters. */
  readonly count: number;
}

/** `revision` is the store's, not the one that was read at. */
export interface RangeResult extends Header, RangeAnswer {}
