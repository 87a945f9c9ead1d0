import { MemberServiceService, type KeepAliveAnswer, type KeepLeasesAliveRequest } from '@portolan/contracts/cluster';
import { abortable, checkedInteger, type Clock, PortolanError, type Timer } from '@portolan/kernel';
import {
  LeaseNotFoundError,
  NotLeaderError,
  type Lease,
  type LeaseJudge,
  type LeaseRequest,
  type TimeToLive,
} from '@portolan/kv';
import { decodeHeader } from '@portolan/kv/wire';
import { OverloadedError } from '@portolan/raft';
import { createClient, type Client, type RpcChannel } from '@portolan/rpc';
import { CLUSTER_PRINCIPAL } from '../cluster-principal.ts';

/** Keep-alives that wait for the leader. Full: refused at once, for a longer queue would be answered after its leases ended. */
export const WAITING_MAX = 10_000;
/** As long as any request waits. A leader that does not answer for so long is none any more. */
export const ANSWER_MS = 5_000;
const SWEEP_MS = 1_000;

interface Waiting {
  readonly lease: LeaseRequest['id'];
  readonly since: number;
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What the leader knows of leases, asked by another member: all keep-alives of one turn in one message, all messages on one stream.
 * When it breaks, everything that waits fails, and the next question opens another one.
 */
export class RemoteJudge implements LeaseJudge, Disposable {
  readonly #client: Client<typeof MemberServiceService>;
  readonly #clock: Clock;
  readonly #leader: bigint;
  readonly #waiting = new Map<bigint, Waiting>();
  #nextNumber = 1n;
  #questions: { readonly number: bigint; readonly lease: bigint }[] = [];
  #stream: { readonly abort: AbortController; wake: () => void } | undefined;
  #sweep: Timer | undefined;

  constructor(leader: bigint, channel: RpcChannel, clock: Clock) {
    this.#leader = leader;
    this.#clock = clock;
    this.#client = createClient(MemberServiceService, channel);
  }

  /** @throws LeaseNotFoundError, NotLeaderError, OverloadedError */
  keepAlive({ id }: LeaseRequest, signal?: AbortSignal): Promise<Lease> {
    signal?.throwIfAborted();
    if (this.#waiting.size >= WAITING_MAX)
      throw new OverloadedError('keep-alives that wait for the leader', WAITING_MAX);
    const number = this.#nextNumber;
    this.#nextNumber += 1n;
    const { promise, resolve, reject } = Promise.withResolvers<Lease>();
    this.#waiting.set(number, { lease: id, since: this.#clock.now(), resolve, reject });
    this.#questions.push({ number, lease: id });
    this.#open().wake();
    this.#sweep ??= this.#clock.after(SWEEP_MS, () => {
      this.#sweepOld();
    });
    return signal === undefined ? promise : abortable(promise, signal);
  }

  async timeToLive({ id }: LeaseRequest, signal?: AbortSignal): Promise<TimeToLive> {
    const options = { principal: CLUSTER_PRINCIPAL, timeoutMs: ANSWER_MS, ...(signal !== undefined && { signal }) };
    const { header, time } = await this.#client.judgeLease({ lease: id }, options);
    const lease = time && {
      id,
      grantedSeconds: checkedInteger(time.grantedSeconds, 'granted_seconds'),
      remainingSeconds: checkedInteger(time.remainingSeconds, 'remaining_seconds'),
    };
    return { ...decodeHeader(header), lease };
  }

  [Symbol.dispose](): void {
    this.#sweep?.cancel();
    this.#sweep = undefined;
    this.#stream?.abort.abort();
    this.#stream?.wake();
    this.#stream = undefined;
    this.#questions = [];
    for (const { reject } of this.#waiting.values()) reject(new NotLeaderError(undefined));
    this.#waiting.clear();
  }

  #open(): { wake: () => void } {
    if (this.#stream !== undefined) return this.#stream;
    const stream = { abort: new AbortController(), wake: (): void => undefined };
    this.#stream = stream;
    void this.#read(stream);
    return stream;
  }

  async #read(stream: { readonly abort: AbortController; wake: () => void }): Promise<void> {
    const { signal } = stream.abort;
    try {
      const answers = this.#client.keepLeasesAlive(this.#messages(stream), { principal: CLUSTER_PRINCIPAL, signal });
      for await (const message of answers) for (const answer of message.answers) this.#settle(answer);
    } catch (error) {
      // Whoever waits is told below that it is not known who leads: that is all they could act on.
      if (!(error instanceof PortolanError)) throw error;
    }
    if (this.#stream === stream) this.#failAll();
  }

  async *#messages(stream: {
    readonly abort: AbortController;
    wake: () => void;
  }): AsyncGenerator<KeepLeasesAliveRequest, void> {
    while (!stream.abort.signal.aborted) {
      const questions = this.#questions;
      this.#questions = [];
      if (questions.length > 0) yield { questions };
      else {
        await new Promise<void>((resolve) => {
          stream.wake = resolve;
        });
        // What else is asked in this turn goes with it.
        await Promise.resolve();
      }
    }
  }

  #settle({ number, result, header }: KeepAliveAnswer): void {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return;
    this.#waiting.delete(number);
    const { lease: id, resolve, reject } = waiting;
    switch (result?.$case) {
      case 'ttlSeconds':
        resolve({ ...decodeHeader(header), id, ttlSeconds: checkedInteger(result.value, 'ttl_seconds') });
        break;
      case 'notFound':
        reject(new LeaseNotFoundError(id));
        break;
      case 'notLeader':
        reject(new NotLeaderError(result.value === 0n ? undefined : result.value));
        break;
      case 'failed':
      case undefined:
        reject(new NotLeaderError(this.#leader));
        break;
      default:
        result satisfies never;
    }
  }

  #failAll(): void {
    this.#stream = undefined;
    this.#questions = [];
    for (const { reject } of this.#waiting.values()) reject(new NotLeaderError(undefined));
    this.#waiting.clear();
  }

  #sweepOld(): void {
    const [oldest] = this.#waiting.values();
    // It does not answer: what waits behind would not be answered in time either, and the next question opens another stream.
    if (oldest !== undefined && this.#clock.now() - oldest.since >= ANSWER_MS) {
      this.#stream?.abort.abort();
      this.#stream?.wake();
      this.#failAll();
    }
    this.#sweep =
      this.#waiting.size === 0
        ? undefined
        : this.#clock.after(SWEEP_MS, () => {
            this.#sweepOld();
          });
  }
}
