import type { ErrorCode, FieldSection, StreamId } from '@portolan/http2';
import { createCounters, type HttpCounters } from '../counters.ts';
import type { GoneReason } from '../gone-reason.ts';
import type { Http2Handler } from '../http2/http2-handler.ts';
import { http2Protocol, type Http2ProtocolOptions } from '../http2/http2-protocol.ts';
import type { Http2Wire } from '../http2/http2-wire.ts';
import type { ServedProtocol } from '../served-protocol.ts';
import { startServer, type HttpServer, type HttpServerOptions } from '../server.ts';

/** One request as the answering server sees it. */
export class Asked {
  readonly wire: Http2Wire<Asked>;
  readonly stream: StreamId;
  readonly path: string;
  /** Content that came, in bytes. */
  received = 0;
  hasEnded = false;
  closedWith: ErrorCode | undefined;
  private unsent = 0;
  private ends = false;

  constructor(wire: Http2Wire<Asked>, stream: StreamId, path: string) {
    this.wire = wire;
    this.stream = stream;
    this.path = path;
  }

  answer(bytes: number): void {
    this.wire.core.head(this.stream, [':status', '200', 'content-type', 'text/html'], false);
    this.ends = true;
    this.send(bytes);
  }

  /** What the peer takes now; the rest when it takes more. */
  send(bytes: number): void {
    this.unsent += bytes;
    while (this.unsent > 0 || this.ends) {
      const take = Math.min(this.unsent, PIECE.length);
      const isLast = this.ends && take === this.unsent;
      const taken = this.wire.core.data(this.stream, PIECE, 0, take, isLast);
      this.unsent -= taken;
      if (taken < take) break;
      if (isLast) this.ends = false;
    }
    this.wire.touch();
  }
}

const PIECE = Buffer.alloc(65_536, 'portolan ');

/**
 * What a request's path asks for: `/hello` five bytes, `/bytes/n` so many, `/echo` as many as it sent, `/hold` nothing: neither an
 * answer nor room for more content.
 */
export class Answering implements Http2Handler<Asked> {
  readonly asked: Asked[] = [];
  readonly gone: GoneReason[] = [];
  onAsked: (asked: Asked) => void = () => undefined;

  onHead(wire: Http2Wire<Asked>, stream: StreamId, head: FieldSection): Asked {
    const asked = new Asked(wire, stream, head.path);
    this.asked.push(asked);
    return asked;
  }

  onData(asked: Asked, stream: StreamId, _bytes: Uint8Array, start: number, end: number): void {
    asked.received += end - start;
    if (asked.path !== '/hold') asked.wire.consume(stream, end - start);
  }

  onEnd(asked: Asked): void {
    asked.hasEnded = true;
    const [, kind = '', count = ''] = asked.path.split('/');
    if (kind === 'hello') asked.answer(5);
    else if (kind === 'bytes') asked.answer(Number(count));
    else if (kind === 'echo') asked.answer(asked.received);
    this.onAsked(asked);
  }

  onWritable(asked: Asked): void {
    asked.send(0);
  }

  onClose(asked: Asked, _stream: StreamId, code: ErrorCode): void {
    asked.closedWith = code;
  }

  onGone(_wire: Http2Wire<Asked>, reason: GoneReason): void {
    this.gone.push(reason);
  }
}

export interface AnsweringServer extends AsyncDisposable {
  readonly server: HttpServer;
  readonly handler: Answering;
  readonly counters: HttpCounters;
  readonly port: number;
}

export interface AnsweringOptions extends Partial<Http2ProtocolOptions<Asked>>, Partial<HttpServerOptions> {
  readonly handler?: Answering;
  /** HTTP/1.1 is served too, by this, and named first. */
  readonly beside?: ServedProtocol;
}

/** A server of `Answering` on a free port. Disposing closes what is left. */
export async function startAnswering({ beside, ...options }: AnsweringOptions = {}): Promise<AnsweringServer> {
  const handler = options.handler ?? new Answering();
  const counters = createCounters();
  const h2 = http2Protocol<Asked>({ counters, ...options, handler });
  const protocols = { ...(beside !== undefined && { 'http/1.1': beside }), h2 };
  const server = await startServer({ bind: { host: '127.0.0.1', port: 0 }, counters, ...options, protocols });
  return {
    server,
    handler,
    counters,
    port: server.port,
    [Symbol.asyncDispose]: () => {
      server.destroy();
      return server.drain();
    },
  };
}
