import { abortable, assert, PortolanError } from '@portolan/kernel';
import type { BytesHandler } from '@portolan/rpc';
import { decodeRequest, iterate, release } from '@portolan/rpc/serving';
import { readTraceHeaders, runInTrace } from '@portolan/telemetry';
import type { ServerCallContext } from './call-context.ts';
import type { MethodEntry } from './method-entry.ts';
import type { OneRequest } from './one-request.ts';
import { PooledBytesCall } from './pooled-bytes-call.ts';

/** The call whose handler runs. */
export interface RunOwner {
  /** It was answered, or nobody waits any more: what the handler still says is not heard. */
  readonly isOver: boolean;
  readonly path: string;
  readonly request: { readonly one: OneRequest; readonly many: object | undefined };
  /** The handler has its request. */
  taken(): void;
  /** A context for a call that a bytes handler leaves to the ordinary one. */
  contextOf(bytesCall: PooledBytesCall): ServerCallContext;
  /** @throws PortolanError when it is too large */
  encode(message: unknown): Buffer;
  /** Sends a message. @returns when to send the next, if not at once */
  send(bytes: Uint8Array, start: number, end: number): Promise<void> | undefined;
  /** Waits for that. */
  waitFor(room: Promise<void>): Promise<void>;
  /** All was sent. */
  succeed(): void;
  fail(error: unknown): void;
  /** The handler will not call back any more. */
  settled(): void;
}

/** The handler of one call, from its request to its answer. Hot path, as `ServerCall`: its callbacks are bound once. */
export class HandlerRun {
  readonly bytesCall: PooledBytesCall;
  context: ServerCallContext | undefined;
  /** The handler may still call back. */
  isRunning = false;
  private readonly owner: RunOwner;
  private entry: MethodEntry | undefined;
  private answers: AsyncIterator<unknown> | undefined;

  constructor(owner: RunOwner) {
    this.owner = owner;
    this.bytesCall = new PooledBytesCall(this);
  }

  /** @param context of a call without a bytes handler */
  begin(entry: MethodEntry, context: ServerCallContext | undefined): void {
    this.entry = entry;
    this.context = context;
  }

  start(): void {
    this.isRunning = true;
    if (this.entry?.answerBytes !== undefined && this.startBytes(this.entry.answerBytes)) return;
    const { context } = this;
    assert(context !== undefined, 'a call that was let in has a context');
    runInTrace(readTraceHeaders(context.metadata), this.run);
  }

  /** Its request is inflated first. */
  startWhen(whenPlain: Promise<void>): void {
    this.isRunning = true;
    whenPlain.then(this.onPlain, this.onFailure);
  }

  /** The handler learns that nobody waits for it. */
  abort(reason: Error): void {
    this.context?.abort(reason);
    if (this.answers !== undefined) release(this.answers);
  }

  /** For the next call. */
  reset(): void {
    this.entry = undefined;
    this.context = undefined;
    this.answers = undefined;
  }

  /** Of its bytes handler. */
  answered(bytes: Uint8Array, start: number, end: number): void {
    const { owner } = this;
    if (!owner.isOver) {
      try {
        // The status waits for it by itself.
        void owner.send(bytes, start, end);
        owner.succeed();
      } catch (error) {
        owner.fail(error);
      }
    }
    this.settled();
  }

  refused(error: unknown): void {
    if (error instanceof PortolanError) {
      this.onFailure(error);
    } else {
      // A bug: the log and the caller are told the same trace.
      runInTrace(readTraceHeaders(this.bytesCall.metadata), () => {
        this.onFailure(error);
      });
    }
  }

  /** @returns whether it is answered so */
  private startBytes(answerBytes: BytesHandler): boolean {
    const { bytesCall } = this;
    try {
      const isTraced = bytesCall.metadata('traceparent') !== undefined;
      const isTaken = isTraced
        ? runInTrace(readTraceHeaders(bytesCall.metadata), () => this.runBytes(answerBytes))
        : this.runBytes(answerBytes);
      if (isTaken) return true;
    } catch (error) {
      this.refused(error);
      return true;
    }
    this.context = this.owner.contextOf(bytesCall);
    return false;
  }

  private runBytes(answerBytes: BytesHandler): boolean {
    const { one } = this.owner.request;
    const { bytes, start, end } = one;
    one.drop();
    const isTaken = answerBytes(bytes, start, end, this.bytesCall);
    if (!isTaken) one.keep(bytes, start, end);
    return isTaken;
  }

  private readonly onPlain = (): void => {
    if (this.owner.isOver) this.settled();
    else this.start();
  };

  private readonly run = (): void => {
    if (this.entry?.interceptors.length === 0) this.invoke();
    else void this.intercept().then(this.invoke, this.onFailure);
  };

  private async intercept(): Promise<void> {
    const { context, entry } = this;
    assert(context !== undefined && entry !== undefined, 'a call that was let in has a method and a context');
    for (const intercept of entry.interceptors) await abortable(intercept(context), context.signal);
  }

  private readonly invoke = (): void => {
    const { entry, context, owner } = this;
    assert(context !== undefined && entry !== undefined, 'a call that was let in has a method and a context');
    if (owner.isOver) {
      this.settled();
      return;
    }
    try {
      const { bound } = entry;
      const { one, many } = owner.request;
      const input = many ?? decodeRequest(bound, one.buffer);
      owner.taken();
      const result = bound.handle(input, context);
      if (entry.responseStream) {
        this.answers = iterate(result, owner.path);
        void this.sendAll(this.answers);
      } else {
        Promise.resolve(result).then(this.onAnswer, this.onFailure);
      }
    } catch (error) {
      this.onFailure(error);
    }
  };

  private readonly onAnswer = (message: unknown): void => {
    const { owner } = this;
    if (!owner.isOver) {
      try {
        const bytes = owner.encode(message);
        void owner.send(bytes, 0, bytes.length);
        owner.succeed();
      } catch (error) {
        owner.fail(error);
      }
    }
    this.settled();
  };

  private readonly onFailure = (error: unknown): void => {
    if (!this.owner.isOver) this.owner.fail(error);
    this.settled();
  };

  /** Sends the answers of a streaming method, no faster than the caller takes them. Never rejects. */
  private async sendAll(answers: AsyncIterator<unknown>): Promise<void> {
    const { owner } = this;
    try {
      for (let next = await answers.next(); !owner.isOver && next.done !== true; next = await answers.next()) {
        const bytes = owner.encode(next.value);
        const room = owner.send(bytes, 0, bytes.length);
        if (room !== undefined) await owner.waitFor(room);
      }
      if (!owner.isOver) owner.succeed();
    } catch (error) {
      if (!owner.isOver) {
        release(answers);
        owner.fail(error);
      }
    }
    this.settled();
  }

  private settled(): void {
    this.isRunning = false;
    this.owner.settled();
  }
}
