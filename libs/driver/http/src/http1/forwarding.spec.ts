import type { Head } from '@portolan/http1';
import { createCounters } from '../counters.ts';
import { startServer, type HttpServer } from '../server.ts';
import type { Http1ClientHandler } from './http1-client-handler.ts';
import type { Http1ClientWire } from './http1-client-wire.ts';
import type { Http1Failure, Http1Handler } from './http1-handler.ts';
import { Http1Pool, type Http1Waiter } from './http1-pool.ts';
import { http1Protocol } from './http1-protocol.ts';
import type { Http1Wire } from './http1-wire.ts';
import { eventually } from './testing/eventually.ts';
import { startNode } from './testing/node-server.ts';

/** One request on its way through. */
class Relay implements Http1Waiter<Relay> {
  readonly down: Http1Wire<Relay>;
  up: Http1ClientWire<Relay> | undefined;
  /** What one side did not take yet. */
  private toUp = Buffer.alloc(0);
  private toDown = Buffer.alloc(0);
  private readonly begin: (wire: Http1ClientWire<Relay>, relay: Relay) => void;
  private isUpDue = false;
  private isDownDue = false;

  constructor(down: Http1Wire<Relay>, begin: (wire: Http1ClientWire<Relay>, relay: Relay) => void) {
    this.down = down;
    this.begin = begin;
  }

  onRoom(wire: Http1ClientWire<Relay>): void {
    this.up = wire;
    this.begin(wire, this);
    this.goUp();
  }

  onNoRoom(): void {
    this.down.head(503, [], true);
  }

  /** Content of the request; nothing: what is left of it. */
  goUp(bytes?: Buffer, isLast = false): void {
    this.isUpDue ||= isLast;
    if (bytes !== undefined) this.toUp = Buffer.concat([this.toUp, bytes]);
    const { up, toUp } = this;
    if (up !== undefined && toUp.length > 0) this.toUp = toUp.subarray(up.data(toUp, 0, toUp.length, false));
    if (this.toUp.length > 0) this.down.pause();
    else this.down.resume();
    if (up === undefined || this.toUp.length > 0 || !this.isUpDue) return;
    this.isUpDue = false;
    up.end();
  }

  /** Content of the response. */
  goDown(bytes?: Buffer, isLast = false): void {
    this.isDownDue ||= isLast;
    if (bytes !== undefined) this.toDown = Buffer.concat([this.toDown, bytes]);
    const { down, toDown } = this;
    if (toDown.length > 0) this.toDown = toDown.subarray(down.data(toDown, 0, toDown.length, false));
    if (this.toDown.length > 0) this.up?.pause();
    else this.up?.resume();
    if (this.toDown.length > 0 || !this.isDownDue) return;
    this.isDownDue = false;
    down.end();
  }
}

const copy = (bytes: Uint8Array, start: number, end: number): Buffer => Buffer.from(bytes.slice(start, end));

/** The smallest gateway there is: one server behind it, no retries. */
class Gateway implements Http1Handler<Relay>, AsyncDisposable {
  readonly pool: Http1Pool<Relay>;
  readonly counters = createCounters();
  private server: HttpServer | undefined;

  constructor(port: number) {
    const answers: Http1ClientHandler<Relay> = {
      onResponse: (relay, head, endStream) => {
        relay.down.forward(head, ['via', '1.1 gateway'], endStream);
      },
      onData: (relay, bytes, start, end) => {
        relay.goDown(copy(bytes, start, end));
      },
      onEnd: (relay) => {
        relay.goDown(undefined, true);
      },
      onWritable: (relay) => {
        relay.goUp();
      },
      onClose: (relay, failure) => {
        if (failure === undefined) return;
        if (relay.down.canRespond) relay.down.head(failure.status, [], true);
        else relay.down.abort();
      },
    };
    this.pool = new Http1Pool({ host: '127.0.0.1', port, handler: answers, connectionsMax: 8 });
  }

  async listen(): Promise<number> {
    const { counters } = this;
    const protocols = { 'http/1.1': http1Protocol<Relay>({ handler: this, counters }) };
    this.server = await startServer({ bind: { host: '127.0.0.1', port: 0 }, counters, protocols });
    return this.server.port;
  }

  onRequest(wire: Http1Wire<Relay>, head: Head, endStream: boolean): Relay {
    const { method, path } = head;
    const length = head.get('content-length');
    const fields = ['host', head.authority, ...(length === undefined ? [] : ['content-length', length])];
    const room = this.pool.room();
    const relay = new Relay(wire, (up, one) => {
      // The head is lent: who waited goes on with what was kept of it.
      if (room === undefined) up.request(one, method, path, fields, endStream);
      else up.forward(one, head, ['via', '1.1 gateway'], endStream);
    });
    if (room === undefined) this.pool.wait(relay);
    else relay.onRoom(room);
    return relay;
  }

  onData(relay: Relay, bytes: Uint8Array, start: number, end: number): void {
    relay.goUp(copy(bytes, start, end));
  }

  onEnd(relay: Relay): void {
    relay.goUp(undefined, true);
  }

  onWritable(relay: Relay): void {
    relay.goDown();
  }

  onHalfClose(relay: Relay): void {
    // Most clients that end their side have gone.
    relay.down.abort();
  }

  onClose(relay: Relay, failure: Http1Failure | undefined): void {
    if (failure === undefined) return;
    this.pool.forget(relay);
    relay.up?.abort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.pool.destroy();
    this.server?.destroy();
    return this.server?.drain() ?? Promise.resolve();
  }
}

describe('a server and a pool of ours, one behind the other', () => {
  it('carry contents both ways, however fast either side is', async () => {
    await using server = await startNode((request, response) => {
      response.writeHead(200, { 'x-via': request.headers.via ?? '', 'x-method': request.method ?? '' });
      request.pipe(response);
    });
    await using gateway = new Gateway(server.port);
    const origin = `http://127.0.0.1:${await gateway.listen()}`;
    const body = 'portolan '.repeat(100_000);
    for (let time = 0; time < 3; time += 1) {
      const texts = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const response = await fetch(`${origin}/${index}`, { method: 'POST', body: body + String(index) });
          expect(response.headers.get('x-method')).toBe('POST');
          return response.text();
        }),
      );
      expect(texts.map((text, index) => text === body + String(index))).not.toContain(false);
    }
    const response = await fetch(origin);
    expect([response.headers.get('x-via'), response.headers.get('via')]).toEqual(['1.1 gateway', '1.1 gateway']);
    await response.text();
    await eventually(() => gateway.pool.counters.requestsOpen === 0);
    const all = { requests: 37, requestsOpen: 0, requestsBroken: 0, connectionErrors: 0 };
    expect([gateway.counters, gateway.pool.counters]).toMatchObject([all, all]);
    expect(gateway.pool.counters.connections).toBeLessThanOrEqual(8);
  });

  it('break one side when the other breaks', async () => {
    let left = 0;
    await using server = await startNode((request, response) => {
      request.on('error', () => undefined);
      response.on('close', () => (left += 1));
      if (request.url === '/broken') response.write('part', () => request.socket.resetAndDestroy());
      else if (request.url === '/lost') request.socket.destroy();
      else response.write('part');
    });
    await using gateway = new Gateway(server.port);
    const origin = `http://127.0.0.1:${await gateway.listen()}`;
    const broken = await fetch(`${origin}/broken`);
    await expect(broken.text()).rejects.toThrow('terminated');
    expect((await fetch(`${origin}/lost`)).status).toBe(502);
    await eventually(() => left === 2);
    const abort = new AbortController();
    expect((await fetch(`${origin}/endless`, { signal: abort.signal })).status).toBe(200);
    abort.abort();
    await eventually(() => left === 3);
    await eventually(() => gateway.pool.counters.requestsOpen + gateway.counters.requestsOpen === 0);
    expect(gateway.pool.counters).toMatchObject({ requests: 3, requestsBroken: 3, connectionsOpen: 0 });
  });
});
