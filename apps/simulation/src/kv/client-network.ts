import { PortolanError, type Clock } from '@portolan/kernel';
import {
  OutcomeUnknownError,
  StoreClosedError,
  type EmbeddedStore,
  type LeaseJudge,
  type WatchBatch,
  type WatchRequest,
} from '@portolan/kv';
import type { MemberId } from '@portolan/raft';
import { VirtualNetwork, type Endpoint, type HostLife, type VirtualNetworkOptions } from '@portolan/virtual-world';

/** What a client may know of a call in the end. */
export type Outcome<Value> =
  | { readonly kind: 'answered'; readonly value: Value }
  | { readonly kind: 'refused'; readonly error: PortolanError }
  /** Nobody has answered, and nobody will be listened to any more. */
  | { readonly kind: 'silent' };

/** Where a message arrives. */
interface Arrival {
  readonly life: HostLife;
  readonly answer: (packet: Packet) => void;
}

/** A message does where it arrives what its receiver would, were it encoded and decoded. */
export interface Packet {
  readonly text: string;
  readonly arrive: (arrival: Arrival) => void;
}

/** One who asks another member waits no longer than its own client does. */
const JUDGE_PATIENCE_MS = 1_500;
/** A watch says how far it is, as HTTP/2 pings; and is given up when that has not been complete for so long. */
const PING_MS = 400;
const STREAM_PATIENCE_MS = 1_500;

export interface ClientNetworkOptions extends Pick<VirtualNetworkOptions<Packet>, 'clock' | 'rng' | 'log'> {
  readonly storeOf: (id: MemberId) => EmbeddedStore | undefined;
  /** A store has thrown what is no answer. */
  readonly onBug: (error: unknown) => void;
}

/** Between clients, on hosts of their own, and stores; and between stores that ask each other. Calls and streams, as over gRPC. */
export class ClientNetwork {
  readonly network: VirtualNetwork<Packet>;
  readonly #options: ClientNetworkOptions;
  readonly #members = new Map<MemberId, Caller>();

  constructor(options: ClientNetworkOptions) {
    const { clock, rng, log } = options;
    this.#options = options;
    this.network = new VirtualNetwork({ clock, rng, ...(log !== undefined && { log }), describe: ({ text }) => text });
  }

  /** A client, or a member: its store answers once it is there. */
  join(life: HostLife): Caller {
    const endpoint = this.network.join(life, (from, packet) => {
      packet.arrive({
        life,
        answer: (back) => {
          endpoint.send(from, back);
        },
      });
    });
    return new Caller(this.#options, endpoint);
  }

  memberBegins(id: MemberId, life: HostLife): void {
    this.#members.set(id, this.join(life));
  }

  /** How member `id` asks the leader what it knows of leases. */
  judgeFor(id: MemberId, leader: MemberId): LeaseJudge {
    const ask = async <Value>(text: string, question: (judge: LeaseJudge) => Promise<Value>): Promise<Value> => {
      const caller = this.#members.get(id);
      const outcome = await caller?.ask(leader, text, ({ leaseJudge }) => question(leaseJudge), JUDGE_PATIENCE_MS);
      if (outcome?.kind === 'answered') return outcome.value;
      throw outcome?.kind === 'refused' ? outcome.error : new OutcomeUnknownError(`${text} was not answered`);
    };
    return {
      keepAlive: (request) => ask('keep-alive for another', (judge) => judge.keepAlive(request)),
      timeToLive: (request) => ask('time-to-live for another', (judge) => judge.timeToLive(request)),
    };
  }
}

export class Caller {
  readonly #options: ClientNetworkOptions;
  readonly #endpoint: Endpoint<Packet>;

  constructor(options: ClientNetworkOptions, endpoint: Endpoint<Packet>) {
    this.#options = options;
    this.#endpoint = endpoint;
  }

  ask<Value>(
    to: MemberId,
    text: string,
    question: (store: EmbeddedStore) => Promise<Value>,
    patienceMs: number,
  ): Promise<Outcome<Value>> {
    const { clock, storeOf } = this.#options;
    return new Promise((resolve) => {
      const timer = clock.after(patienceMs, () => {
        resolve({ kind: 'silent' });
      });
      const take = (outcome: Outcome<Value>): void => {
        timer.cancel();
        resolve(outcome);
      };
      // What the network delivers twice, a connection takes once.
      let hasArrived = false;
      const arrive = ({ answer }: Arrival): void => {
        if (hasArrived) return;
        hasArrived = true;
        void this.#outcome(storeOf(to), question).then((outcome) => {
          answer({
            text: `${text}: ${outcome.kind}`,
            arrive: () => {
              take(outcome);
            },
          });
        });
      };
      this.#endpoint.send(`n${to}`, { text, arrive });
    });
  }

  /** A watch, until it ends: `take` is given its batches in order. */
  follow(to: MemberId, request: WatchRequest, take: (batch: WatchBatch) => void): Following {
    const following = new Following(this.#options.clock, take);
    let hasArrived = false;
    const arrive = (arrival: Arrival): void => {
      if (hasArrived) return;
      hasArrived = true;
      void this.#stream(to, request, following, arrival);
    };
    this.#endpoint.send(`n${to}`, { text: `watch from ${request.startRevision ?? 'now'}`, arrive });
    return following;
  }

  async #stream(to: MemberId, request: WatchRequest, following: Following, { life, answer }: Arrival): Promise<void> {
    let sent = 0;
    const send = (text: string, number: number, content: Content | undefined): void => {
      answer({
        text: `watch ${text}`,
        arrive: () => {
          following.receive(number, content);
        },
      });
    };
    const ping = (): void => {
      life.clock.after(PING_MS, () => {
        if (following.hasEnded) return;
        send(`has sent ${sent}`, sent, undefined);
        ping();
      });
    };
    ping();
    const outcome = await this.#outcome(this.#options.storeOf(to), async (store) => {
      for await (const batch of store.watch(request, following.signal)) {
        sent += 1;
        send(`${batch.kind} to ${batch.revision}`, sent, { batch });
      }
    });
    sent += 1;
    if (outcome.kind === 'refused') send(outcome.error.message, sent, { error: outcome.error });
  }

  async #outcome<Value>(
    store: EmbeddedStore | undefined,
    question: (store: EmbeddedStore) => Promise<Value>,
  ): Promise<Outcome<Value>> {
    if (store === undefined) return { kind: 'refused', error: new StoreClosedError() };
    try {
      return { kind: 'answered', value: await question(store) };
    } catch (error) {
      if (!(error instanceof PortolanError)) {
        this.#options.onBug(error);
        return { kind: 'silent' };
      }
      return { kind: 'refused', error };
    }
  }
}

type Content = { readonly batch: WatchBatch } | { readonly error: PortolanError };

const OVER = 'the watch is over';

/** The receiving end of a watch: puts in order what the network has not, and gives up when something is lost. */
export class Following {
  readonly #clock: Clock;
  readonly #take: (batch: WatchBatch) => void;
  readonly #early = new Map<number, Content>();
  readonly #ended = Promise.withResolvers<PortolanError | undefined>();
  readonly #abort = new AbortController();
  #received = 0;
  #completeAt: number;

  constructor(clock: Clock, take: (batch: WatchBatch) => void) {
    this.#clock = clock;
    this.#take = take;
    this.#completeAt = clock.now();
    this.#watchOver();
  }

  /** Resolves with what the store says, or undefined when it is heard no more, or `stop` was called. */
  get ended(): Promise<PortolanError | undefined> {
    return this.#ended.promise;
  }

  get hasEnded(): boolean {
    return this.#abort.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  stop(): void {
    this.#end(undefined);
  }

  /** @param number of the content; without any, of the last that was sent */
  receive(number: number, content: Content | undefined): void {
    if (this.hasEnded) return;
    if (content !== undefined && number > this.#received) this.#early.set(number, content);
    for (let next = this.#early.get(1 + this.#received); next !== undefined;) {
      this.#received += 1;
      this.#early.delete(this.#received);
      if ('error' in next) {
        this.#end(next.error);
        return;
      }
      this.#take(next.batch);
      next = this.#early.get(1 + this.#received);
    }
    if (this.#early.size === 0 && this.#received >= number) this.#completeAt = this.#clock.now();
  }

  #watchOver(): void {
    this.#clock.after(PING_MS, () => {
      if (this.hasEnded) return;
      if (this.#clock.now() - this.#completeAt > STREAM_PATIENCE_MS) this.#end(undefined);
      else this.#watchOver();
    });
  }

  #end(error: PortolanError | undefined): void {
    // A reason of its own would cost a stack each time.
    this.#abort.abort(OVER);
    this.#ended.resolve(error);
  }
}
