import { MalformedSnapshotError } from '../errors.ts';
import type { Keyspace, Revision } from '../ids.ts';
import type { Key } from '../key.ts';
import type { KeyValue } from '../key-value.ts';
import type { ChangeEvent } from '../machine/change.ts';
import { KeyspaceState } from '../machine/keyspace-state.ts';
import type { LeaseTable } from '../machine/lease-table.ts';
import type { WatchEvent } from '../watch-request.ts';

interface Bounds {
  readonly floor: Revision;
  readonly newest: Revision;
}

/** Makes a keyspace again: its keys at the floor, and then what happened since, as it happened. */
export class KeyspaceRestorer {
  readonly #keyspace: Keyspace;
  readonly #floor: Revision;
  readonly #newest: Revision;
  readonly #leases: LeaseTable;
  readonly #state: KeyspaceState;
  #lastKey: Key | undefined;
  #isAtFloor = true;
  #floorEvents: ChangeEvent[] = [];
  /** Of the events that come now. */
  #revision: Revision;
  /** Keys with a lease that has ended since: none when all events are restored. */
  #orphans = 0;

  /** @param bounds the oldest revision that can be read, and the store's */
  constructor(keyspace: Keyspace, bounds: Bounds, leases: LeaseTable) {
    const { floor, newest } = bounds;
    this.#keyspace = keyspace;
    this.#floor = floor;
    this.#newest = newest;
    this.#leases = leases;
    if (floor > newest) throw this.#malformed('the floor is in the future');
    this.#state = new KeyspaceState(floor);
    this.#revision = floor;
  }

  key(keyValue: KeyValue): void {
    const { key } = keyValue;
    if (!this.#isAtFloor || this.#floorEvents.length > 0) throw this.#malformed('a key comes after an event');
    if (this.#lastKey !== undefined && key <= this.#lastKey) throw this.#malformed('the keys are not in order');
    this.#lastKey = key;
    this.#state.restoreKey(keyValue);
    this.#follow({ event: { kind: 'put', keyValue }, previous: undefined });
  }

  event(event: WatchEvent): void {
    const revision = event.kind === 'put' ? event.keyValue.modRevision : event.modRevision;
    if (revision > this.#newest) throw this.#malformed('an event is in the future');
    if (revision < this.#revision) throw this.#malformed('the events are not in order');
    if (revision === this.#floor) {
      const { previous, ...bare } = event;
      this.#floorEvents.push({ event: bare, previous });
      return;
    }
    this.#leaveFloor();
    if (revision > this.#revision) this.#commit();
    this.#revision = revision;
    if (event.kind === 'put') {
      const { keyValue } = event;
      this.#state.put(keyValue, this.#state.current.get(keyValue.key));
    } else if (this.#state.current.has(event.key)) this.#state.delete(event.key, event.modRevision);
    else throw this.#malformed('a key is deleted that is not there');
  }

  /** @returns with nothing pending */
  finish(): KeyspaceState {
    this.#leaveFloor();
    this.#commit();
    if (this.#orphans > 0) throw this.#malformed('a key has a lease that does not exist');
    return this.#state;
  }

  #leaveFloor(): void {
    if (!this.#isAtFloor) return;
    this.#isAtFloor = false;
    const events = this.#floorEvents;
    this.#state.restoreFloor(events.length === 0 ? undefined : { revision: this.#floor, events });
  }

  #commit(): void {
    if (this.#state.pending.length === 0) return;
    for (const changed of this.#state.commit(this.#revision).events) this.#follow(changed);
  }

  #follow(changed: ChangeEvent): void {
    const { event, previous } = changed;
    this.#leases.follow(this.#keyspace, changed);
    if (previous !== undefined && this.#isOrphan(previous)) this.#orphans -= 1;
    if (event.kind === 'put' && this.#isOrphan(event.keyValue)) this.#orphans += 1;
  }

  #isOrphan({ lease }: KeyValue): boolean {
    return lease !== undefined && !this.#leases.has(lease);
  }

  #malformed(what: string): MalformedSnapshotError {
    return new MalformedSnapshotError(`in the keyspace ${this.#keyspace} ${what}`);
  }
}
