import {
  FROM_KEY,
  keyFromBytes,
  keyOf,
  KEYSPACES,
  prefixEnd,
  type Key,
  type KeyRange,
  type Keyspace,
} from '@portolan/kv';
import { ReservedKeyError } from '../errors.ts';

/** Keys of a range as etcd has it: one key when `rangeEnd` is empty, all from `key` on when it is `\0`. */
export interface EtcdRange {
  readonly key: Buffer;
  readonly rangeEnd: Buffer;
}

/** Everything before it is reserved; so `user` is one range of etcd, and a comparison over all of it one comparison. */
const USER_LOWEST = keyOf('\0\u0001');
const RESERVED = '\0\0portolan/';

/** Where in an etcd the keys are. `own` is what this store notes for itself, in no keyspace. */
const PLACES: Readonly<Record<Keyspace | 'own', string>> = {
  user: '',
  catalog: `${RESERVED}c/`,
  system: `${RESERVED}s/`,
  own: `${RESERVED}o/`,
};
type Place = keyof typeof PLACES;

interface Bounds {
  readonly prefix: string;
  readonly lowest: string;
  /** FROM_KEY: none. */
  readonly end: Key;
}

/**
 * Names and ranges of the keyspaces, as keys of one etcd: `user` has the keys as they are (below a prefix, if there is one), the others
 * are below `\0\0portolan/`. No user key may be `\0` or begin with `\0\0`: no range of `user` shows what is there.
 */
export class KeyMapping {
  readonly #bounds: Readonly<Record<Place, Bounds>>;

  constructor(prefix: Key) {
    const boundsOf = (place: Place): Bounds => {
      const own = prefix + PLACES[place];
      const lowest = place === 'user' ? prefix + USER_LOWEST : own;
      return { prefix: own, lowest, end: prefixEnd(latin1(own)) };
    };
    this.#bounds = {
      user: boundsOf('user'),
      catalog: boundsOf('catalog'),
      system: boundsOf('system'),
      own: boundsOf('own'),
    };
  }

  /** @throws ReservedKeyError */
  key(place: Place, key: Key): Buffer {
    const { prefix, lowest } = this.#bounds[place];
    const full = prefix + key;
    if (full < lowest) throw new ReservedKeyError();
    return bytes(full);
  }

  /** Never more than the keyspace; without a key in it when nothing of the range is. */
  range(place: Place, range: KeyRange): EtcdRange {
    const { prefix, lowest, end } = this.#bounds[place];
    const first = prefix + range.key;
    if (range.kind === 'one') return first < lowest ? this.#nothing(place) : { key: bytes(first), rangeEnd: bytes('') };
    const start = first < lowest ? lowest : first;
    if (range.kind === 'from') return { key: bytes(start), rangeEnd: bytes(end) };
    const last = prefix + range.end;
    return last <= start ? this.#nothing(place) : { key: bytes(start), rangeEnd: bytes(last) };
  }

  /** Whether no key could ever be in it: etcd takes no watch of such a range. */
  isEmpty({ key, rangeEnd }: EtcdRange): boolean {
    return rangeEnd.length > 0 && latin1(rangeEnd.toString('latin1')) !== FROM_KEY && rangeEnd.compare(key) <= 0;
  }

  /** @param key from an answer about that keyspace */
  keyOf(place: Place, key: Uint8Array): Key {
    return latin1(keyFromBytes(key).slice(this.#bounds[place].prefix.length));
  }

  /** The keyspace and name of any key of this etcd; undefined when it is in none. */
  locate(key: Uint8Array): readonly [Keyspace, Key] | undefined {
    const full = keyFromBytes(key);
    for (const keyspace of KEYSPACES) {
      const { prefix, lowest } = this.#bounds[keyspace];
      if (full.startsWith(prefix) && full >= lowest) return [keyspace, latin1(full.slice(prefix.length))];
    }
    return undefined;
  }

  #nothing(place: Place): EtcdRange {
    const { lowest } = this.#bounds[place];
    return { key: bytes(lowest), rangeEnd: bytes(lowest) };
  }
}

/** One character a byte, as every `Key`. */
function latin1(text: string): Key {
  return keyFromBytes(bytes(text));
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
