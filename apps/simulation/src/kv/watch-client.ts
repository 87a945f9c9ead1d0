import {
  CompactedError,
  keyToText,
  rangeIncludes,
  keyOf,
  revision,
  type WatchBatch,
  type WatchEvent,
  type WatchRequest,
} from '@portolan/kv';
import type { MemberId } from '@portolan/raft';
import type { KvKeys, WatchedBatch, WatchedEvent, WatchedStream } from '@portolan/virtual-world';
import { oneOf } from '../one-of.ts';
import { Violation } from '../violation.ts';
import { Client } from './client.ts';
import type { Following } from './client-network.ts';
import { keyValueOf, rangeOf, textOf, USER } from './operations.ts';
import { ALL_KEYS } from './plain-client.ts';
import { anyMember, sleep, type Scene } from './scene.ts';

/** Now and then it goes elsewhere though nothing is wrong. */
const STAYS_MS = { min: 1_000, range: 8_000 };
const RANGES: readonly KvKeys[] = [ALL_KEYS, ALL_KEYS, { from: 'a' }, { from: 'b', to: 'd' }, { from: 'l', to: 'm' }];

export const WATCH_COMPACTED = 'A watch ends only when what it lacks is compacted';

interface Stream extends WatchedStream {
  readonly batches: WatchedBatch[];
}

/** Watches some keys, from now or from the past, and goes on at another member where it cannot. */
export class WatchClient {
  readonly #client: Client;
  readonly #scene: Scene;
  readonly name: string;
  readonly #streams: Stream[] = [];
  #request: Omit<WatchRequest, 'startRevision'>;
  /** Of the stream that is open: everything below has come. */
  #next: number | undefined;
  #following: { readonly member: MemberId; readonly stream: Following } | undefined;

  constructor(scene: Scene, name: string) {
    this.#scene = scene;
    this.name = name;
    this.#client = new Client(scene, name);
    this.#request = this.#draw();
    void this.#run();
  }

  /** @param settledAt what the stream that is open has had all time to receive, if it is at one of `members` */
  streams(settledAt: number, members: readonly MemberId[]): readonly WatchedStream[] {
    const isSettled = this.#following !== undefined && members.includes(this.#following.member);
    return this.#streams.map((stream, index) =>
      isSettled && index === this.#streams.length - 1 && this.#next !== undefined ? { ...stream, settledAt } : stream,
    );
  }

  /** Where it goes on, when it has begun. */
  get bookmark(): { readonly request: Omit<WatchRequest, 'startRevision'>; readonly next: number } | undefined {
    return this.#next === undefined ? undefined : { request: this.#request, next: this.#next };
  }

  get isOpen(): boolean {
    return this.#following !== undefined && this.#next !== undefined;
  }

  isOpenAt(member: MemberId): boolean {
    return this.isOpen && this.#following?.member === member;
  }

  /** For ever: also when the others have stopped. */
  async #run(): Promise<void> {
    for (;;) {
      const member = anyMember(this.#scene);
      if (member === undefined) await sleep(this.#scene, 100);
      else await this.#follow(member);
    }
  }

  async #follow(member: MemberId): Promise<void> {
    const { rng, coverage, isStopped, world } = this.#scene;
    if (this.#next !== undefined) coverage.count('watches resumed elsewhere');
    else if (rng.below(2) === 0) this.#open(this.#drawStart());
    const start = this.#next;
    const request = { ...this.#request, ...(start !== undefined && { startRevision: revision(start) }) };
    const stream = this.#client.caller.follow(member, request, (batch) => {
      this.#take(batch);
    });
    this.#following = { member, stream };
    world.clock.after(STAYS_MS.min + rng.below(STAYS_MS.range), () => {
      if (!isStopped()) stream.stop();
    });
    const error = await stream.ended;
    this.#following = undefined;
    if (error instanceof CompactedError) this.#compacted(error);
    await sleep(this.#scene, rng.below(200));
  }

  /** The stream has ended, rightly so; what comes next is another. */
  #compacted(error: CompactedError): void {
    const { chronicle, coverage, check } = this.#scene;
    coverage.count('watches ended by a compaction');
    const next = this.#next;
    check(() => {
      if (next === undefined || next < chronicle.floor) return;
      throw new Violation(WATCH_COMPACTED, `${this.name} goes on from ${next}, and is told: ${error.message}`);
    });
    this.#next = undefined;
    this.#request = this.#draw();
  }

  #open(from: number): void {
    const { keys, events, previous } = this.#request;
    this.#next = from;
    this.#streams.push({
      watcher: this.name,
      from,
      matches: (key) => rangeIncludes(keys, keyOf(key)),
      ...(events !== undefined && { events }),
      ...(previous !== undefined && { previous }),
      batches: [],
    });
  }

  #take(batch: WatchBatch): void {
    if (this.#next === undefined) this.#open(batch.revision + 1);
    const isPrevious = this.#request.previous === true;
    const events = batch.events.map((event) => watched(event, isPrevious));
    this.#streams.at(-1)?.batches.push({ events, upTo: batch.revision });
    this.#next = Math.max(this.#next ?? 0, batch.revision + 1);
    const { film, world } = this.#scene;
    if (events.length > 0) film?.add({ atMs: world.clock.now(), kind: 'watched', client: this.name, events });
  }

  /** In the past, or a little ahead. */
  #drawStart(): number {
    const { chronicle, rng } = this.#scene;
    return Math.max(chronicle.floor, chronicle.revision + 5 - rng.below(60));
  }

  #draw(): Omit<WatchRequest, 'startRevision'> {
    const { rng } = this.#scene;
    const keys = rangeOf(oneOf(rng, RANGES) ?? ALL_KEYS);
    const events = oneOf(rng, ['all', 'all', 'puts', 'deletes'] as const) ?? 'all';
    const [previous, progress, serializable] = [rng.below(2) === 0, rng.below(2) === 0, rng.below(2) === 0];
    // Only those that go on without a leader are there still when a member that lags is sent a snapshot.
    return { ...USER, keys, events, previous, progress, serializable };
  }
}

function watched(event: WatchEvent, isPrevious: boolean): WatchedEvent {
  const previous = event.previous && keyValueOf(event.previous);
  const before = isPrevious || previous !== undefined ? { previous } : {};
  if (event.kind === 'delete') {
    return { kind: 'delete', key: keyToText(event.key), modRevision: event.modRevision, ...before };
  }
  const { key, value, createRevision, modRevision, version } = event.keyValue;
  return { kind: 'put', key: keyToText(key), value: textOf(value), createRevision, modRevision, version, ...before };
}
