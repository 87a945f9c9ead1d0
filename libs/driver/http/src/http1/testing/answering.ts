import type { Head } from '@portolan/http1';
import { createCounters, type HttpCounters } from '../../counters.ts';
import type { GoneReason } from '../../gone-reason.ts';
import { startServer, type HttpServer, type HttpServerOptions } from '../../server.ts';
import type { Http1Failure, Http1Handler } from '../http1-handler.ts';
import { http1Protocol, type Http1ProtocolOptions } from '../http1-protocol.ts';
import type { Http1Wire } from '../http1-wire.ts';

const PIECE = Buffer.alloc(65_536, 'portolan ');

/** One request as the answering server sees it. */
export class Asked {
  readonly wire: Http1Wire<Asked>;
  readonly method: string;
  readonly target: string;
  /** Content that came, in bytes. */
  received = 0;
  hasEnded: boolean;
  isHalfClosed = false;
  isClosed = false;
  failure: Http1Failure | undefined;
  /** The client takes too little for more to be taken of it. */
  isHeld = false;
  private unsent = 0;
  private echo: Buffer[] = [];

  constructor(wire: Http1Wire<Asked>, method: string, target: string, hasEnded: boolean) {
    this.wire = wire;
    this.method = method;
    this.target = target;
    this.hasEnded = hasEnded;
  }

  get kind(): string {
    return this.target.split('/')[1] ?? '';
  }

  hello(fields: readonly string[] = []): void {
    this.wire.head(200, ['content-length', '5', ...fields], false);
    this.wire.data(PIECE, 0, 5, true);
  }

  /** Begins a response of so many bytes, and sends what the client takes now. */
  bytes(count: number): void {
    this.wire.head(200, ['content-length', String(count)], count === 0);
    this.unsent = count;
    this.goOn();
  }

  /** Sends back what came, in chunks; takes no more while the client takes none. */
  back(bytes: Uint8Array, start: number, end: number): void {
    const taken = this.echo.length > 0 ? 0 : this.wire.data(bytes, start, end, false);
    if (taken === end - start) return;
    this.echo.push(Buffer.from(bytes.slice(start + taken, end)));
    this.isHeld = true;
    this.wire.pause();
  }

  goOn(): void {
    while (this.unsent > 0) {
      const take = Math.min(this.unsent, PIECE.length);
      const taken = this.wire.data(PIECE, 0, take, take === this.unsent);
      this.unsent -= taken;
      if (taken < take) return;
    }
    for (let bytes = this.echo[0]; bytes !== undefined; bytes = this.echo[0]) {
      const taken = this.wire.data(bytes, 0, bytes.length, false);
      if (taken < bytes.length) {
        this.echo[0] = bytes.subarray(taken);
        return;
      }
      this.echo.shift();
    }
    if (this.kind !== 'echo' && this.kind !== 'tunnel') return;
    this.isHeld = false;
    this.wire.resume();
    if (this.hasEnded) this.wire.end();
  }
}

/**
 * What a request's path asks for: `/hello` five bytes, `/bytes/n` so many, `/count` how many came, `/echo` what it sends as it comes,
 * `/tunnel` a switch to an echo, as CONNECT does, `/early` an answer before the content, `/hold` nothing: the test answers.
 */
export class Answering implements Http1Handler<Asked> {
  readonly asked: Asked[] = [];
  readonly gone: GoneReason[] = [];
  /** Whatever happened; a test that waits looks again. */
  onChange: () => void = () => undefined;

  onRequest(wire: Http1Wire<Asked>, head: Head, endStream: boolean): Asked {
    const asked = new Asked(wire, head.method, head.target, endStream);
    this.asked.push(asked);
    const { kind } = asked;
    if (head.expectsContinue && kind !== 'early' && kind !== 'hold') wire.interim(100, []);
    if (asked.method === 'CONNECT') wire.head(200, [], false);
    else if (kind === 'tunnel') wire.head(101, ['upgrade', head.upgrade ?? ''], false);
    else if (kind === 'echo') wire.head(200, [], false);
    else if (kind === 'early') wire.head(413, [], true);
    if (endStream) this.answer(asked);
    this.onChange();
    return asked;
  }

  onData(asked: Asked, bytes: Uint8Array, start: number, end: number): void {
    asked.received += end - start;
    if (asked.kind === 'echo') asked.back(bytes, start, end);
    this.onChange();
  }

  onEnd(asked: Asked): void {
    asked.hasEnded = true;
    this.answer(asked);
    this.onChange();
  }

  onWritable(asked: Asked): void {
    asked.goOn();
    this.onChange();
  }

  onTunnel(asked: Asked, bytes: Uint8Array, start: number, end: number): void {
    asked.received += end - start;
    asked.back(bytes, start, end);
    this.onChange();
  }

  onTunnelEnd(asked: Asked): void {
    asked.hasEnded = true;
    asked.goOn();
    asked.wire.end();
    this.onChange();
  }

  onHalfClose(asked: Asked): void {
    asked.isHalfClosed = true;
    this.onChange();
  }

  onClose(asked: Asked, failure: Http1Failure | undefined): void {
    if (asked.isClosed) throw new Error(`${asked.target} was closed twice`);
    asked.isClosed = true;
    asked.failure = failure;
    this.onChange();
  }

  onGone(_wire: Http1Wire<Asked>, reason: GoneReason): void {
    this.gone.push(reason);
    this.onChange();
  }

  /** The first request of this path. */
  of(target: string): Asked {
    const asked = this.asked.find((one) => one.target === target);
    if (asked === undefined) throw new Error(`nobody asked for ${target}`);
    return asked;
  }

  /** Waits until something holds that these events tell. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.onChange = () => undefined;
        resolve();
      };
      this.onChange = look;
      look();
    });
  }

  private answer(asked: Asked): void {
    const [, kind, count] = asked.target.split('/');
    if (kind === 'hello') asked.hello();
    else if (kind === 'bytes') asked.bytes(Number(count));
    else if (kind === 'echo') asked.goOn();
    else if (kind === 'count') {
      const text = Buffer.from(String(asked.received));
      asked.wire.head(200, ['content-length', String(text.length)], false);
      asked.wire.data(text, 0, text.length, true);
    }
  }
}

export interface AnsweringServer extends AsyncDisposable {
  readonly server: HttpServer;
  readonly handler: Answering;
  readonly counters: HttpCounters;
  readonly port: number;
}

/** A server of `Answering` on a free port. Disposing closes what is left. */
export async function startAnswering(
  options: Partial<Http1ProtocolOptions<Asked>> & Partial<HttpServerOptions> = {},
): Promise<AnsweringServer> {
  const handler = new Answering();
  const counters = createCounters();
  const protocol = http1Protocol<Asked>({ handler, counters, ...options });
  const server = await startServer({
    bind: { host: '127.0.0.1', port: 0 },
    protocols: { 'http/1.1': protocol },
    counters,
    ...options,
  });
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
