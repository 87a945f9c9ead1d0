import { Http1Server } from '@portolan/http1';
import { measure, type Side } from '../measurement.ts';
import { digits, tableOf, whole } from '../table.ts';
import { BROWSER_REQUEST, RESPONSE_BODY, RESPONSE_FIELDS } from './http1-exchange.ts';
import { latin1Text } from './latin1-text.ts';
import { InMemoryNodeServer } from './in-memory-node-server.ts';
import type { PartOptions, PartResult } from './part.ts';
import { throughputOf, type Throughput } from './throughput.ts';

const BATCH = 1_000;

/** Requests read and answered in this process, one after another on one connection, without a socket. */
export async function benchHttp1({ rounds, seconds, progress }: PartOptions): Promise<PartResult> {
  const ours = new CoreLoop();
  const nodes = new InMemoryNodeServer();
  const sides: readonly Side[] = [
    { name: 'node:http', round: async () => figuresOf(await nodes.run(seconds / 5)) },
    { name: '@portolan/http1', round: async () => figuresOf(await throughputOf(() => ours.run(BATCH), seconds / 5)) },
  ];
  progress('http1: warming up');
  for (const side of sides) await side.round();
  const measured = await measure(sides, rounds, (what) => {
    progress(`http1, ${what}`);
  });
  const table = tableOf(`HTTP/1.1, ${BROWSER_REQUEST.length}-byte request read and answered`, measured, [
    { figure: 'perSecond', title: 'heads/s', format: whole, ratio: true },
    { figure: 'megabytesPerSecond', title: 'MB/s read', format: whole },
    { figure: 'bytesAllocated', title: 'bytes allocated a head', format: digits(0) },
  ]);
  const note =
    '_node:http_: an `http.Server` on a `Duplex` in memory: llhttp, and besides it its binding, IncomingMessage, ServerResponse and the two ' +
    'streams, which Node does not give apart. Both read the path and one field.';
  return { text: `${table}\n\n${note}`, raw: measured };
}

const figuresOf = ({ perSecond, bytesAllocated }: Throughput): Readonly<Record<string, number>> => ({
  perSecond,
  megabytesPerSecond: (perSecond * BROWSER_REQUEST.length) / 1e6,
  bytesAllocated,
});

/** Our core as a driver uses it, whose socket takes everything at once. */
class CoreLoop {
  readonly #server: Http1Server;
  #answered = 0;

  constructor() {
    const nothing = (): void => undefined;
    const fail = (error: Error): void => {
      throw error;
    };
    this.#server = new Http1Server(
      { latin1: latin1Text },
      {
        onRequest: (head) => {
          if (head.path.length > 0 && head.get('host') !== undefined) this.#answered += 1;
          this.#server.head(200, RESPONSE_FIELDS, false);
          this.#server.data(RESPONSE_BODY, 0, RESPONSE_BODY.length, true);
        },
        onData: nothing,
        onEnd: nothing,
        onWritable: nothing,
        onTunnel: nothing,
        onTunnelEnd: nothing,
        onError: fail,
      },
    );
  }

  /** @throws Error when one was not answered */
  run(requests: number): number {
    const server = this.#server;
    const before = this.#answered;
    for (let index = 0; index < requests; index += 1) {
      server.receive(BROWSER_REQUEST, 0, BROWSER_REQUEST.length, 0);
      if (server.output.length < RESPONSE_BODY.length) throw new Error('a request was not answered');
      server.output.clear();
      server.flushed();
    }
    if (this.#answered - before !== requests) throw new Error('a request was not understood');
    return requests;
  }
}
