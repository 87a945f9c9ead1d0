import { RpcError, type CallOptions } from '@portolan/rpc';
import { valueOf, type Fields } from '../wire/metadata.ts';
import type { CallUser, ClientCall } from './client-call.ts';

/** One request and one answer, as bytes. */
export class UnaryCall implements CallUser {
  readonly answer: Promise<Buffer>;
  private readonly request: Buffer;
  private readonly onHeaders: CallOptions['onHeaders'];
  private readonly onEnded: (status: number) => void;
  private readonly path: string;
  private readonly settle: PromiseWithResolvers<Buffer>;
  private received: Buffer | undefined;
  private isSecond = false;

  constructor(path: string, request: Buffer, onHeaders: CallOptions['onHeaders'], onEnded: (status: number) => void) {
    this.path = path;
    this.request = request;
    this.onHeaders = onHeaders;
    this.onEnded = onEnded;
    this.settle = Promise.withResolvers();
    this.answer = this.settle.promise;
  }

  opened(call: ClientCall): void {
    // It ends the stream: nobody waits for it to be out.
    void call.writer.send(this.request, 0, this.request.length, true);
  }

  headers(fields: Fields): void {
    this.onHeaders?.((name) => valueOf(fields, name));
  }

  message(bytes: Buffer): void {
    this.isSecond = this.received !== undefined;
    this.received = bytes;
  }

  ended(failure: RpcError | undefined, status: number): void {
    this.onEnded(status);
    if (failure !== undefined) this.settle.reject(failure);
    else if (this.received === undefined || this.isSecond) this.settle.reject(notOnce(this.path, this.isSecond));
    else this.settle.resolve(this.received);
  }
}

/** A method that is called as unary answered otherwise. */
function notOnce(path: string, isSecond: boolean): RpcError {
  return new RpcError(`${path} answered ${isSecond ? 'more than once' : 'nothing'}`, {
    code: 'RPC_UNIMPLEMENTED',
    kind: 'unimplemented',
    fix: 'call a server whose method answers once',
    reachedServer: true,
  });
}
