import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  json(): Readonly<Record<string, unknown>>;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** One request on a connection of its own. */
export async function ask(port: number, path: string, options: Ask = {}): Promise<Answer> {
  const { method = 'GET', body } = options;
  const length =
    body === undefined || options.headers?.['transfer-encoding'] !== undefined
      ? {}
      : { 'content-length': Buffer.byteLength(body) };
  const headers = { ...length, ...options.headers };
  const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false });
  request.end(body);
  const response = await answerTo(request);
  const received = await text(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: received,
    json: () => ({ ...(JSON.parse(received) as object) }),
  };
}

/** The head of the answer; rejects when there is none. */
export function answerTo(request: ReturnType<typeof httpRequest>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
}

/** A connection of bytes, for what no HTTP client would send. */
export async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes; everything that comes back until the other side ends. */
export async function exchangeBytes(port: number, sent: string): Promise<string> {
  const socket = await open(port);
  socket.write(sent, 'latin1');
  return text(socket);
}

/** @returns reads on, up to and with `end` */
export function reader(socket: Socket): (end: string) => Promise<string> {
  let received = '';
  let look: () => void = () => undefined;
  socket.on('data', (bytes: Buffer) => {
    received += bytes.toString('latin1');
    look();
  });
  return (end) =>
    new Promise((resolve) => {
      look = (): void => {
        const at = received.indexOf(end);
        if (at === -1) return;
        resolve(received.slice(0, at + end.length));
        received = received.slice(at + end.length);
      };
      look();
    });
}
