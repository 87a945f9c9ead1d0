import { cancellationOf, type CallOptions, type MethodDefinition, type RpcError } from '@portolan/rpc';
import { decodeResponse, encodeRequest, release } from '@portolan/rpc/serving';
import { MessageStream } from '../wire/message-stream.ts';
import { valueOf, type Fields } from '../wire/metadata.ts';
import type { CallUser, ClientCall } from './client-call.ts';

/** What a stream needs of its connection. */
export interface StreamOpener<Request, Response> {
  readonly method: MethodDefinition<Request, Response>;
  readonly address: string;
  readonly messageBytesMax: Parameters<typeof encodeRequest>[2];
  readonly options: CallOptions;
  /** Begins the call. @throws RpcError */
  open(user: CallUser): ClientCall;
  /** Called once when it is over, with gRPC's status. */
  ended(status: number): void;
}

/**
 * A call whose requests or answers are a stream. It begins with the first `next()`, and is cancelled when its reader leaves.
 * Both directions go no faster than whoever reads them.
 */
export class StreamingCall<Request, Response> implements CallUser, AsyncIterableIterator<Response, undefined> {
  private readonly opener: StreamOpener<Request, Response>;
  private readonly source: AsyncIterable<Request>;
  private readonly answers: MessageStream<Buffer, Response>;
  private call: ClientCall | undefined;
  private requests: AsyncIterator<Request> | undefined;
  private isOver = false;

  constructor(opener: StreamOpener<Request, Response>, source: AsyncIterable<Request>) {
    this.opener = opener;
    this.source = source;
    this.answers = new MessageStream(this.decode, () => {
      this.call?.hold(false);
    });
  }

  async next(): Promise<IteratorResult<Response, undefined>> {
    if (this.call === undefined && !this.isOver) this.call = this.opener.open(this);
    return this.answers.next();
  }

  return(): Promise<IteratorResult<Response, undefined>> {
    this.isOver = true;
    this.call?.cancel(cancellationOf(new DOMException('the reader has left', 'AbortError'), true));
    return this.answers.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  opened(call: ClientCall): void {
    void this.sendAll(call);
  }

  headers(fields: Fields): void {
    this.opener.options.onHeaders?.((name) => valueOf(fields, name));
  }

  message(bytes: Buffer): void {
    this.answers.push(bytes);
    if (this.answers.isFull) this.call?.hold(true);
  }

  ended(failure: RpcError | undefined, status: number): void {
    this.isOver = true;
    this.opener.ended(status);
    if (this.requests !== undefined) release(this.requests);
    if (failure === undefined) this.answers.finish();
    else this.answers.fail(failure);
  }

  /** Never rejects: what is wrong with the source is told to whoever reads the answers. */
  private async sendAll(call: ClientCall): Promise<void> {
    const { method, messageBytesMax } = this.opener;
    try {
      this.requests = this.source[Symbol.asyncIterator]();
      const requests = this.requests;
      for (let next = await requests.next(); !this.isOver && next.done !== true; next = await requests.next()) {
        const bytes = encodeRequest(method, next.value, messageBytesMax);
        const room = call.writer.send(bytes, 0, bytes.length, false);
        if (room !== undefined) await room;
      }
      call.endRequests();
    } catch (error) {
      if (this.isOver) return;
      this.answers.abandon(error instanceof Error ? error : new Error(String(error)));
      call.cancel(cancellationOf(error, true));
      if (this.requests !== undefined) release(this.requests);
    }
  }

  private readonly decode = (bytes: Buffer): Response => {
    const { method, address } = this.opener;
    try {
      return decodeResponse(method, bytes, address);
    } catch (error) {
      this.call?.cancel(cancellationOf(error, true));
      throw error;
    }
  };
}
