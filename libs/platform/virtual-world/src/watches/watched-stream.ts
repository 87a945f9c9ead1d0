/** What a store did, by revision: the truth that watches are held against. */
export interface TrueRevision {
  readonly revision: number;
  /** `undefined`: the key was deleted. */
  readonly changes: readonly { readonly key: string; readonly value: string | undefined }[];
}

export interface WatchedKeyValue {
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
}

export type WatchedEvent =
  | ({ readonly kind: 'put'; readonly key: string; readonly previous?: WatchedKeyValue | undefined } & WatchedKeyValue)
  | {
      readonly kind: 'delete';
      readonly key: string;
      readonly modRevision: number;
      readonly previous?: WatchedKeyValue | undefined;
    };

export interface WatchedBatch {
  readonly events: readonly WatchedEvent[];
  /** A bookmark: the store says that every event up to here has been delivered, with this batch. */
  readonly upTo?: number;
  /** Marked as a part: the next batch goes on with the same revision. Default: complete. */
  readonly isFragment?: boolean;
}

/** What one watcher asked for, and all that it was sent, resumptions included if they are to be seamless. */
export interface WatchedStream {
  readonly watcher: string;
  /** The first revision it asked for; of one that asked for none, the one after that at which it was created. */
  readonly from: number;
  readonly matches: (key: string) => boolean;
  /** Default: all. */
  readonly events?: 'all' | 'puts' | 'deletes';
  /** Each event with what the key was before. Default: not. */
  readonly previous?: boolean;
  readonly batches: readonly WatchedBatch[];
  /** It has had all time to receive everything up to here: the world was healed, and nothing came any more. Default: it has not. */
  readonly settledAt?: number;
}
