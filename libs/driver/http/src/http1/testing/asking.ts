import type { Head } from '@portolan/http1';
import type { Rng } from '@portolan/kernel';
import type { Waiter } from '../../waiter-queue.ts';
import type { Http1ClientHandler } from '../http1-client-handler.ts';
import type { Http1ClientWire } from '../http1-client-wire.ts';
import type { Http1Failure } from '../http1-handler.ts';
import { Http1Pool, type Http1PoolOptions, type Http1Waiter } from '../http1-pool.ts';

type NoRoom = Parameters<Waiter['onNoRoom']>[0];

export interface CallOptions {
  readonly method?: string;
  readonly fields?: readonly string[];
  /** Sent as it is taken; undefined: no content. */
  readonly content?: Buffer;
  /** The test ends the request itself. */
  readonly isOpen?: boolean;
  /** Takes no content until the test says so. */
  readonly isHeld?: boolean;
}

/** One request of ours. */
export class Call implements Http1Waiter<Call> {
  readonly target: string;
  wire: Http1ClientWire<Call> | undefined;
  status = 0;
  fields: Readonly<Record<string, string>> = {};
  interims: number[] = [];
  text = '';
  trailers: Readonly<Record<string, string>> = {};
  isWhole = false;
  isReplayable = false;
  /** How much of the content was taken. */
  sent = 0;
  hasTunnelEnded = false;
  /** Settles when all is over. */
  readonly done: Promise<Http1Failure | NoRoom | undefined>;
  /** Whatever happened; a test that waits looks again. */
  onChange: () => void = () => undefined;
  private readonly options: CallOptions;
  private readonly finish: (failure: Http1Failure | NoRoom | undefined) => void;

  constructor(target: string, options: CallOptions) {
    const { promise, resolve } = Promise.withResolvers<Http1Failure | NoRoom | undefined>();
    this.target = target;
    this.options = options;
    this.done = promise;
    this.finish = resolve;
  }

  onRoom(wire: Http1ClientWire<Call>): void {
    const { method = 'GET', fields = [], content, isOpen } = this.options;
    this.wire = wire;
    wire.request(this, method, this.target, ['host', 'a', ...fields], content === undefined && isOpen !== true);
    if (this.options.isHeld === true) wire.pause();
    this.goOn();
  }

  onNoRoom(error: NoRoom): void {
    this.finish(error);
  }

  goOn(): void {
    const { content } = this.options;
    if (content === undefined || this.sent === content.length) return;
    this.sent += this.wire?.data(content, this.sent, content.length, this.options.isOpen !== true) ?? 0;
    this.onChange();
  }

  ended(failure: Http1Failure | undefined, isReplayable: boolean): void {
    this.isReplayable = isReplayable;
    this.finish(failure);
    this.onChange();
  }

  /** Waits until something holds that these events tell. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.onChange = (): void => {
        if (!condition()) return;
        this.onChange = () => undefined;
        resolve();
      };
      this.onChange();
    });
  }
}

function recordOf(head: Head): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Array.from({ length: head.size }, (_, index) => [head.name(index).toLowerCase(), head.value(index)]),
  );
}

/** Writes down what is answered. */
const HANDLER: Http1ClientHandler<Call> = {
  onInterim(call, head) {
    call.interims.push(head.status);
    call.onChange();
  },
  onResponse(call, head, endStream) {
    call.status = head.status;
    call.fields = recordOf(head);
    call.isWhole = endStream;
    call.onChange();
  },
  onData(call, bytes, start, end) {
    call.text += Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
    call.onChange();
  },
  onEnd(call, trailers) {
    if (trailers !== undefined) call.trailers = recordOf(trailers);
    call.isWhole = true;
    call.onChange();
  },
  onWritable(call) {
    call.goOn();
  },
  onTunnel(call, bytes, start, end) {
    call.text += Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
    call.onChange();
  },
  onTunnelEnd(call) {
    call.hasTunnelEnded = true;
    call.onChange();
  },
  onClose(call, failure, isReplayable) {
    call.ended(failure, isReplayable);
  },
};

/** The middle of every jitter. */
const EVEN: Rng = { below: (bound) => Math.floor(bound / 2), float: () => 0.5 };

/** A pool on this host. Disposing destroys it. */
export class Asking implements Disposable {
  readonly pool: Http1Pool<Call>;

  constructor(port: number, options: Partial<Http1PoolOptions<Call>> = {}) {
    this.pool = new Http1Pool<Call>({ host: '127.0.0.1', port, handler: HANDLER, rng: EVEN, ...options });
  }

  ask(target: string, options: CallOptions = {}): Call {
    const call = new Call(target, options);
    this.pool.wait(call);
    return call;
  }

  /** Asks, and waits for the whole answer. @throws what went wrong */
  async get(target: string, options: CallOptions = {}): Promise<Call> {
    const call = this.ask(target, options);
    const failure = await call.done;
    if (failure !== undefined) throw failure;
    return call;
  }

  [Symbol.dispose](): void {
    this.pool.destroy();
  }
}
