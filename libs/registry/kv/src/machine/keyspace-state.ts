import { assert } from '@portolan/kernel';
import { CompactedError } from '../errors.ts';
import type { Revision } from '../ids.ts';
import type { Key } from '../key.ts';
import type { KeyValue } from '../key-value.ts';
import { keyValueBytes, type Change, type ChangeEvent } from './change.ts';
import { History, type HistoryPart } from './history.ts';
import { createTree, type Tree } from './tree.ts';

/**
 * A root is kept after this many changes; a past revision is the root before it and at most 63 changes on top.
 * Lower: faster reads of the past, more nodes kept alive by old roots.
 */
const ROOT_EVERY_CHANGES = 64;

/** Past revisions put together lately: a client that pages through one asks for it again and again. */
const VIEWS_MAX = 8;

interface Root {
  readonly revision: Revision;
  readonly tree: Tree;
}

/** What a keyspace is made of. Nobody writes to it any more. */
export interface CapturedKeyspace {
  readonly floor: Revision;
  readonly atFloor: Tree;
  /** Changes from the floor's own on. */
  readonly changes: HistoryPart;
}

/** One keyspace: its keys now, its history, and the floor below which there is none. Writes are pending until `commit`. */
export class KeyspaceState {
  readonly #tree: Tree = createTree();
  readonly history = new History();
  /** Ascending; the first is the floor's. */
  #roots: Root[];
  readonly #views = new Map<Revision, Tree>();
  #pending: ChangeEvent[] = [];
  #changesSinceRoot = 0;
  #floor: Revision;
  #bytes = 0;

  constructor(first: Revision) {
    this.#floor = first;
    this.#roots = [{ revision: first, tree: createTree() }];
  }

  /** The oldest revision that can be read. */
  get floor(): Revision {
    return this.#floor;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get keys(): number {
    return this.#tree.size;
  }

  /** Pending writes included. */
  get current(): Tree {
    return this.#tree;
  }

  /** Hot path. @param previous what the key is before */
  put(keyValue: KeyValue, previous: KeyValue | undefined): void {
    this.#tree.set(keyValue.key, keyValue);
    this.#bytes += keyValueBytes(keyValue) - (previous === undefined ? 0 : keyValueBytes(previous));
    this.#add({ event: { kind: 'put', keyValue }, previous });
  }

  delete(key: Key, modRevision: Revision): void {
    const previous = this.#tree.get(key);
    assert(previous !== undefined, 'only a key that exists is deleted');
    this.#tree.delete(key);
    this.#bytes -= keyValueBytes(previous);
    this.#add({ event: { kind: 'delete', key, modRevision }, previous });
  }

  /** Most changes have one event: a list that it begins has room for no more, and history keeps it. */
  #add(changed: ChangeEvent): void {
    if (this.#pending.length === 0) this.#pending = [changed];
    else this.#pending.push(changed);
  }

  get pending(): readonly ChangeEvent[] {
    return this.#pending;
  }

  /** Makes what is pending the change of `revision`. */
  commit(revision: Revision): Change {
    assert(this.#pending.length > 0, 'an empty change has no revision');
    const change: Change = { revision, events: this.#pending };
    this.#pending = [];
    this.history.append(change);
    this.#changesSinceRoot += 1;
    if (this.#changesSinceRoot === ROOT_EVERY_CHANGES) {
      this.#roots.push({ revision, tree: this.#tree.clone() });
      this.#changesSinceRoot = 0;
    }
    return change;
  }

  /** As if what is pending had never been. */
  rollback(): void {
    for (const { event, previous } of this.#pending.reverse()) {
      const key = event.kind === 'put' ? event.keyValue.key : event.key;
      if (event.kind === 'put') this.#bytes -= keyValueBytes(event.keyValue);
      if (previous === undefined) this.#tree.delete(key);
      else {
        this.#tree.set(key, previous);
        this.#bytes += keyValueBytes(previous);
      }
    }
    this.#pending = [];
  }

  /**
   * The keys as they were. Not to be written to, nor kept.
   * @param at not above the store's revision
   * @throws CompactedError
   */
  view(at: Revision): Tree {
    if (at < this.#floor) throw new CompactedError(at, this.#floor);
    const newest = this.history.newest?.revision ?? this.#floor;
    if (at >= newest && this.#pending.length === 0) return this.#tree;
    // All revisions between two changes of this keyspace look the same: one view serves them all.
    const position = this.history.position(at);
    const exact = position < this.history.length && this.history.at(position).revision === at;
    const last = exact ? at : position === 0 ? this.#floor : this.history.at(position - 1).revision;
    const known = this.#views.get(last);
    if (known !== undefined) return known;
    const view = this.#rebuild(last);
    for (const oldest of this.#views.keys()) {
      if (this.#views.size < VIEWS_MAX) break;
      this.#views.delete(oldest);
    }
    this.#views.set(last, view);
    return view;
  }

  /** @param at above the floor, not above the store's revision */
  compact(at: Revision): void {
    assert(at > this.#floor, 'the floor only rises');
    const tree = this.view(at).clone();
    this.#roots = [{ revision: at, tree }, ...this.#roots.filter((root) => root.revision > at)];
    this.#floor = at;
    this.history.forgetBefore(at);
    this.#views.clear();
  }

  /** The keyspace as it is now, whatever comes. O(1). */
  capture(): CapturedKeyspace {
    assert(this.#pending.length === 0, 'captured between two commands');
    const [root] = this.#roots;
    assert(root?.revision === this.#floor, 'the floor has a root');
    return { floor: this.#floor, atFloor: root.tree, changes: this.history.capture() };
  }

  /** The key as the put of `modRevision` made it, if that is still here: now, in the history, or at the floor. */
  find(key: Key, modRevision: Revision): KeyValue | undefined {
    const current = this.#tree.get(key);
    if (current?.modRevision === modRevision) return current;
    const position = this.history.position(modRevision);
    if (position < this.history.length && this.history.at(position).revision === modRevision) {
      for (const { event } of this.history.at(position).events) {
        if (event.kind === 'put' && event.keyValue.key === key) return event.keyValue;
      }
    }
    const atFloor = this.#roots[0]?.tree.get(key);
    return atFloor?.modRevision === modRevision ? atFloor : undefined;
  }

  /** A key as it was at the floor: for one that is being restored, before anything else. */
  restoreKey(keyValue: KeyValue): void {
    this.#tree.set(keyValue.key, keyValue);
    this.#bytes += keyValueBytes(keyValue);
  }

  /**
   * All keys of the floor are there; what comes next is written and committed as it was the first time.
   * @param change of the floor's own revision, which watchers may still ask for
   */
  restoreFloor(change: Change | undefined): void {
    assert(this.history.length === 0, 'history begins at the floor');
    this.#roots = [{ revision: this.#floor, tree: this.#tree.clone() }];
    if (change !== undefined) this.history.append(change);
  }

  #rebuild(at: Revision): Tree {
    const root = this.#roots.findLast((candidate) => candidate.revision <= at);
    assert(root !== undefined, 'the floor has a root');
    const tree = root.tree.clone();
    for (let position = this.history.position(root.revision); position < this.history.length; position += 1) {
      const change = this.history.at(position);
      if (change.revision > at) break;
      if (change.revision === root.revision) continue;
      for (const { event } of change.events) {
        if (event.kind === 'put') tree.set(event.keyValue.key, event.keyValue);
        else tree.delete(event.key);
      }
    }
    return tree;
  }
}
