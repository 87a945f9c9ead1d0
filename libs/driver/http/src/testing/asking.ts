import type { ErrorCode, FieldSection, StreamId } from '@portolan/http2';
import type { ConnectError, PoolBusyError, PoolClosedError } from '../client-errors.ts';
import type { GoneReason } from '../gone-reason.ts';
import type { Http2Handler } from '../http2/http2-handler.ts';
import { Http2Pool, type Http2PoolOptions, type RoomWaiter } from '../http2/http2-pool.ts';
import type { Http2Wire } from '../http2/http2-wire.ts';
import { fieldsOf } from './frames.ts';

/** How one request of a pool's user ended. */
export type Ending =
  | { readonly kind: 'answered'; readonly status: number; readonly bytes: number }
  | { readonly kind: 'closed'; readonly code: ErrorCode; readonly isUnprocessed: boolean }
  | { readonly kind: 'no room'; readonly error: ConnectError | PoolBusyError | PoolClosedError };

/** One request without content, from its wait for room to its end. */
export class Question implements RoomWaiter<Question> {
  readonly ended: Promise<Ending>;
  ending: Ending | undefined;
  wire: Http2Wire<Question> | undefined;
  status = 0;
  bytes = 0;
  /** Set: content is given back to the peer only when the test says so. */
  holds = false;
  stream: StreamId | undefined;
  private readonly path: string;
  private readonly resolve: (ending: Ending) => void;

  constructor(path: string) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.path = path;
    this.ended = promise;
    this.resolve = resolve;
  }

  onRoom(wire: Http2Wire<Question>): void {
    this.wire = wire;
    this.stream = wire.core.open(fieldsOf('GET', this.path), true, this);
    wire.began();
    wire.touch();
  }

  onNoRoom(error: ConnectError | PoolBusyError | PoolClosedError): void {
    this.end({ kind: 'no room', error });
  }

  end(ending: Ending): void {
    this.ending ??= ending;
    this.resolve(ending);
  }
}

const HANDLER: Http2Handler<Question> = {
  onHead: (_wire, _stream, head: FieldSection, _endStream, question) => {
    if (question === undefined) throw new TypeError('a response belongs to a request');
    question.status = head.status;
    return question;
  },
  onData: (question, stream, _bytes, start, end) => {
    question.bytes += end - start;
    if (!question.holds) question.wire?.consume(stream, end - start);
  },
  onEnd: (question) => {
    question.end({ kind: 'answered', status: question.status, bytes: question.bytes });
  },
  onWritable: () => undefined,
  onClose: (question, _stream, code, isUnprocessed) => {
    question.end({ kind: 'closed', code, isUnprocessed });
  },
};

/** A pool, and what became of its connections. Disposing destroys it. */
export class AskingPool implements Disposable {
  readonly pool: Http2Pool<Question>;
  readonly gone: GoneReason[] = [];

  constructor(options: Omit<Http2PoolOptions<Question>, 'host' | 'handler'>) {
    const onGone = (_wire: Http2Wire<Question>, reason: GoneReason): void => {
      this.gone.push(reason);
    };
    this.pool = new Http2Pool<Question>({ host: '127.0.0.1', handler: { ...HANDLER, onGone }, ...options });
  }

  ask(path = '/hello'): Question {
    const question = new Question(path);
    this.pool.wait(question);
    return question;
  }

  [Symbol.dispose](): void {
    this.pool.destroy();
  }
}
