/** Messages that wait for their reader; past it they stay with the peer, by flow control. */
export const MESSAGES_WAITING_MAX = 16;

interface Waiter<Message> {
  readonly resolve: (next: IteratorResult<Message, undefined>) => void;
  readonly reject: (reason: Error) => void;
}

type End = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly reason: Error };

const DONE = { done: true, value: undefined } as const;

/** The messages of one direction of a call, as their reader takes them: each is decoded when it is. */
export class MessageStream<Raw, Message> implements AsyncIterableIterator<Message, undefined> {
  private readonly decode: (raw: Raw) => Message | Promise<Message>;
  private readonly onTaken: () => void;
  private waiting: Raw[] = [];
  private readonly waiters: Waiter<Message>[] = [];
  private end: End | undefined;

  /** @param onTaken there is room for more */
  constructor(decode: (raw: Raw) => Message | Promise<Message>, onTaken: () => void) {
    this.decode = decode;
    this.onTaken = onTaken;
  }

  /** Whether what comes next should wait with the peer. */
  get isFull(): boolean {
    return this.waiting.length >= MESSAGES_WAITING_MAX;
  }

  /** Nobody reads any more: what comes is dropped. */
  get isOver(): boolean {
    return this.end !== undefined && this.waiting.length === 0;
  }

  push(message: Raw): void {
    if (this.end !== undefined) return;
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.waiting.push(message);
    else this.settle(waiter, message);
  }

  finish(): void {
    this.conclude({ kind: 'done' });
  }

  /** After what has come. */
  fail(reason: Error): void {
    this.conclude({ kind: 'failed', reason });
  }

  /** Now: what has come and was not read is lost. */
  abandon(reason: Error): void {
    this.waiting = [];
    this.end = undefined;
    this.conclude({ kind: 'failed', reason });
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    return new Promise((resolve, reject) => {
      const message = this.waiting.shift();
      if (message !== undefined) {
        this.settle({ resolve, reject }, message);
        this.onTaken();
      } else if (this.end === undefined) {
        this.waiters.push({ resolve, reject });
      } else {
        conclude({ resolve, reject }, this.end);
      }
    });
  }

  /** The reader leaves its loop. */
  return(): Promise<IteratorResult<Message, undefined>> {
    this.waiting = [];
    this.conclude({ kind: 'done' });
    this.onTaken();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private conclude(end: End): void {
    this.end ??= end;
    for (const waiter of this.waiters.splice(0)) conclude(waiter, this.end);
  }

  private settle({ resolve, reject }: Waiter<Message>, message: Raw): void {
    const settled = (value: Message): void => {
      resolve({ done: false, value });
    };
    const failed = (error: unknown): void => {
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    try {
      const decoded = this.decode(message);
      if (decoded instanceof Promise) decoded.then(settled, failed);
      else settled(decoded);
    } catch (error) {
      failed(error);
    }
  }
}

function conclude<Message>({ resolve, reject }: Waiter<Message>, end: End): void {
  if (end.kind === 'done') resolve(DONE);
  else reject(end.reason);
}
