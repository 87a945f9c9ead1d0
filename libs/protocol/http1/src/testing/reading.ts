import http, { type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { latin1OfBytes } from '../latin1.ts';
import { textOf } from './bytes.ts';
import { clientEnd, give, serverEnd, take } from './recorder.ts';

/** A message as somebody read it. */
export interface Message {
  /** Method and target, or status. */
  start: string;
  fields: string[];
  content: string;
  trailers: string[];
}

/** What somebody made of bytes: the messages that were whole, and why the rest was refused, if it was. What is cut short is neither. */
export interface Reading {
  readonly messages: readonly Message[];
  readonly refusal: string | undefined;
}

/** A server of ours reads, and answers each message when it is whole. */
export function weServe(text: string): Reading {
  const server = serverEnd();
  const messages = collect(server.told, () => {
    if (server.connection.canRespond) server.connection.head(200, [], true);
  });
  give(server, text);
  take(server);
  return { messages, refusal: reasonOf(server.told.lines) };
}

/** A client of ours reads the response to a request for `/`. */
export function weAsk(method: string, text: string): Reading {
  const client = clientEnd();
  const messages = collect(client.told, () => undefined);
  client.connection.request(method, '/', ['host', 'a.test'], true);
  give(client, text);
  const refusal = reasonOf(client.told.lines);
  if (refusal === undefined) client.connection.receiveEnd();
  return { messages, refusal };
}

/** A server of `node:http` reads, that is llhttp. */
export async function nodeServes(text: string): Promise<Reading> {
  const messages: Message[] = [];
  let refusal: string | undefined;
  const server = http.createServer((request, response) => {
    record(request, `${request.method ?? ''} ${request.url ?? ''}`, messages);
    request.on('end', () => response.end());
  });
  // Else what is here already would not be read to its end once the peer has ended its side.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code !== 'HPE_INVALID_EOF_STATE') refusal = error.code ?? error.message;
    socket.destroy();
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    messages.push({ start: `CONNECT ${request.url ?? ''}`, fields: request.rawHeaders, content: '', trailers: [] });
    socket.destroy();
  });
  const { socket, written } = wire(text);
  server.emit('connection', socket);
  await new Promise((resolve) => socket.once('close', resolve));
  server.close();
  // It answers what it refuses in JavaScript by itself.
  const status = /^HTTP\/1\.1 ([45]\d\d)/m.exec(written.join(''))?.[1];
  return { messages, refusal: refusal ?? status };
}

/** A client of `node:http` reads. */
export async function nodeAsks(method: string, text: string): Promise<Reading> {
  const messages: Message[] = [];
  let refusal: string | undefined;
  const { socket } = wire(text);
  const agent = new http.Agent();
  agent.createConnection = () => socket;
  const request = http.request({ method, path: '/', host: '127.0.0.1', agent });
  request.on('response', (response) => {
    record(response, String(response.statusCode), messages);
  });
  request.on('error', (error: NodeJS.ErrnoException) => {
    // The end of the connection, not what came before it.
    if (error.code !== 'ECONNRESET' && error.code !== 'HPE_INVALID_EOF_STATE') refusal = error.code ?? error.message;
  });
  request.on('upgrade', (_, upgraded: Duplex) => upgraded.destroy());
  request.end();
  await new Promise((resolve) => request.once('close', resolve));
  return { messages, refusal };
}

/** A socket that reads this text and then the end. */
function wire(text: string): { readonly socket: Duplex; readonly written: string[] } {
  const written: string[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Uint8Array, _, done) => {
      written.push(textOf(chunk));
      done();
    },
  });
  socket.on('error', () => undefined);
  socket.push(Buffer.from(text, 'latin1'));
  // The end would hide what was whole before it.
  setImmediate(() => {
    if (!socket.destroyed) socket.push(null);
  });
  return { socket, written };
}

function record(incoming: IncomingMessage, start: string, messages: Message[]): void {
  let content = '';
  incoming.on('data', (bytes: Uint8Array) => {
    content += textOf(bytes);
  });
  incoming.on('error', () => undefined);
  incoming.on('end', () => {
    if (!incoming.complete) return;
    messages.push({ start, content, fields: incoming.rawHeaders, trailers: incoming.rawTrailers });
  });
}

function collect(told: ReturnType<typeof serverEnd>['told'], onWhole: () => void): readonly Message[] {
  const messages: Message[] = [];
  let current: Message = { start: '', fields: [], content: '', trailers: [] };
  const end = (): void => {
    messages.push(current);
    onWhole();
  };
  told.onHead = (head, endStream): void => {
    const start = head.status === 0 ? `${head.method} ${head.target}` : String(head.status);
    current = { start, fields: [], content: '', trailers: [] };
    for (let index = 0; index < head.size; index += 1) current.fields.push(head.name(index), head.value(index));
    if (endStream) end();
  };
  told.onBytes = (bytes, start, to): void => {
    current.content += latin1OfBytes(bytes, start, to);
  };
  told.onWhole = (trailers): void => {
    for (let index = 0; index < (trailers?.size ?? 0); index += 1) {
      current.trailers.push(trailers?.name(index) ?? '', trailers?.value(index) ?? '');
    }
    end();
  };
  return messages;
}

function reasonOf(lines: readonly string[]): string | undefined {
  return lines.find((line) => line.startsWith('error '))?.split(' ')[1];
}
