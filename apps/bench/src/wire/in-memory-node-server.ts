import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import { allocatedBytes } from './allocation.ts';
import { BROWSER_REQUEST, RESPONSE_BODY, RESPONSE_FIELDS } from './http1-exchange.ts';
import type { Throughput } from './throughput.ts';

/** A connection whose other end is this process: what is written is counted and forgotten. */
class MemorySocket extends Duplex {
  bytesWritten = 0;

  override _read(): void {
    // Requests are pushed when it is their turn.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytesWritten += chunk.length;
    done();
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    for (const { chunk } of chunks) this.bytesWritten += chunk.length;
    done();
  }
}

/** The closest to llhttp that Node gives: its server on a connection without a socket. */
export class InMemoryNodeServer {
  readonly #server: Server;
  readonly #socket = new MemorySocket({ decodeStrings: true });
  readonly #fields: string[] = [...RESPONSE_FIELDS];
  #answered = 0;
  #until = 0;
  #finish: () => void = () => undefined;

  constructor() {
    this.#server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
      this.#answer(request, response);
    });
    this.#server.emit('connection', this.#socket);
  }

  async run(seconds: number): Promise<Throughput> {
    const before = { allocated: allocatedBytes(), written: this.#socket.bytesWritten };
    const startedAt = performance.now();
    this.#answered = 0;
    this.#until = startedAt + seconds * 1_000;
    await new Promise<void>((resolve) => {
      this.#finish = resolve;
      this.#socket.push(BROWSER_REQUEST);
    });
    const elapsedS = (performance.now() - startedAt) / 1_000;
    const answered = this.#answered;
    if (this.#socket.bytesWritten - before.written < answered * RESPONSE_BODY.length) {
      throw new Error('a request was not answered');
    }
    return { perSecond: answered / elapsedS, bytesAllocated: (allocatedBytes() - before.allocated) / answered };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url !== undefined && request.headers.host !== undefined) this.#answered += 1;
    response.sendDate = false;
    response.writeHead(200, this.#fields);
    response.end(RESPONSE_BODY, this.#next);
  }

  readonly #next = (): void => {
    if (performance.now() < this.#until) this.#socket.push(BROWSER_REQUEST);
    else this.#finish();
  };
}
