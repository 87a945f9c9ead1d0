import { Http2Connection, type FieldSection, type Http2Events, type StreamId } from '@portolan/http2';
import { framesIn } from './frames-in.ts';
import { latin1Text } from './latin1-text.ts';

/** What a client sent to a server, piece by piece, so that other servers can be sent the same. */
export interface Recording {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  readonly frames: number;
}

const REQUEST = [
  [':method', 'POST', ':scheme', 'http', ':path', '/portolan.bench.Echo/Unary', ':authority', '127.0.0.1:50051'],
  ['content-type', 'application/grpc', 'te', 'trailers', 'user-agent', 'grpc-node-js/1.14.7'],
  ['grpc-timeout', '5S', 'x-tenant', 'acme'],
].flat();
const MESSAGE = Buffer.alloc(134, 'message');
const RESPONSE = [':status', '200', 'content-type', 'application/grpc'];

const nothing = (): void => undefined;
const fail = (error: Error): void => {
  throw error;
};
const QUIET = {
  onInterim: nothing,
  onData: nothing,
  onEnd: nothing,
  onWritable: nothing,
  onClose: nothing,
  onSettings: nothing,
  onPong: nothing,
  onGoaway: nothing,
  onDrained: nothing,
  onError: fail,
};

/** A server that consumes all content, and answers each request when it is whole, with a head alone. */
export class AnsweringServer {
  readonly connection: Http2Connection<number>;
  answered = 0;

  constructor() {
    const events: Http2Events<number> = {
      ...QUIET,
      onHead: (stream, head: FieldSection) => {
        if (head.path === '') throw new Error('a request has no path');
        return stream;
      },
      onData: (_context, stream, _bytes, start, end) => {
        this.connection.consume(stream, end - start);
      },
      onEnd: (_context, stream: StreamId) => {
        this.answered += 1;
        this.connection.head(stream, RESPONSE, true);
      },
    };
    this.connection = new Http2Connection<number>({ role: 'server', now: 0, latin1: latin1Text }, events);
  }

  /** @returns what it sent, which is lent until the next piece */
  receive(piece: Uint8Array): Uint8Array {
    const { connection } = this;
    connection.receive(piece, 0, piece.length, 0);
    const sent = connection.output.bytes.subarray(0, connection.output.length);
    connection.output.clear();
    connection.flushed();
    return sent;
  }
}

/** A client and a server of ours, and what passes from one to the other. */
class Conversation {
  readonly client = new Http2Connection<number>({ role: 'client', now: 0 }, { ...QUIET, onHead: () => 0 });
  readonly #server = new AnsweringServer();
  readonly #pieces: Uint8Array[] = [];

  /** Passes on what the client has to say, and back what the server has. */
  exchange(): void {
    const { client } = this;
    const piece = client.output.bytes.slice(0, client.output.length);
    client.output.clear();
    if (piece.length > 0) this.#pieces.push(piece);
    const answer = this.#server.receive(piece);
    client.receive(answer, 0, answer.length, 0);
    client.flushed();
  }

  end(): Recording {
    while (this.client.output.length > 0) this.exchange();
    const bytes = Buffer.concat(this.#pieces);
    return { pieces: this.#pieces, bytes: bytes.length, frames: framesIn(bytes) };
  }
}

const AT_ONCE = 64;

/** Unary calls, each a HEADERS and a DATA frame, 64 in one piece. */
export function recordRequests(requests: number): Recording {
  const conversation = new Conversation();
  const { client } = conversation;
  conversation.exchange();
  for (let opened = 0; opened < requests; opened += 1) {
    const stream = client.open(REQUEST, false, 0);
    if (stream === undefined) throw new Error('the recording server takes no more streams');
    if (client.data(stream, MESSAGE, 0, MESSAGE.length, true) !== MESSAGE.length) throw new Error('a message waits');
    if (opened % AT_ONCE === AT_ONCE - 1) conversation.exchange();
  }
  return conversation.end();
}

/** One upload in DATA frames as large as they may be. */
export function recordUpload(bytes: number): Recording {
  const conversation = new Conversation();
  const { client } = conversation;
  conversation.exchange();
  const stream = client.open(REQUEST, false, 0);
  if (stream === undefined) throw new Error('the recording server takes no stream');
  const content = new Uint8Array(65_536);
  for (let sent = 0; sent < bytes;) {
    const end = Math.min(content.length, bytes - sent);
    const taken = client.data(stream, content, 0, end, sent + end === bytes);
    sent += taken;
    // The windows are used up: the server gives more when it has read.
    if (taken < end || client.output.length >= content.length) conversation.exchange();
  }
  return conversation.end();
}
