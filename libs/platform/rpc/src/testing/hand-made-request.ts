import { once } from 'node:events';
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';

/** What a gRPC call says in its head, unless a test says otherwise. */
const HEAD = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };

export interface HandMadeRequest {
  readonly path: string;
  /** Replaces what a gRPC call says; undefined leaves a field out. */
  readonly head?: Readonly<Record<string, string | undefined>>;
  /** Written one after the other, each only when the last has left. */
  readonly chunks?: readonly Buffer[];
  /** Says nothing more after the last chunk, but not that it was the last. */
  readonly open?: boolean;
}

/** What came back, in the terms of gRPC over HTTP/2. */
export interface HandMadeAnswer {
  readonly httpStatus: number | undefined;
  /** Undefined when the stream ended without one. */
  readonly grpcStatus: number | undefined;
  /** Still percent-encoded. */
  readonly grpcMessage: string | undefined;
  readonly head: IncomingHttpHeaders;
  /** Undefined for an answer of one head alone ("Trailers-Only"). */
  readonly trailers: IncomingHttpHeaders | undefined;
  readonly body: Buffer;
}

/** An HTTP/2 connection for requests that no gRPC client would make. Disposing cuts it. */
export class HandMadeConnection implements Disposable {
  readonly session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    this.session = session;
  }

  static async open(address: string, options: SecureClientSessionOptions = {}): Promise<HandMadeConnection> {
    const session = connect(`http://${address}`, options);
    session.on('error', () => undefined);
    await once(session, 'connect');
    return new HandMadeConnection(session);
  }

  /** Begins a stream, and leaves the rest to the test. */
  begin({ path, head = {} }: HandMadeRequest): ClientHttp2Stream {
    const wanted: Readonly<Record<string, string | undefined>> = { ...HEAD, ':path': path, ...head };
    const fields = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
    return this.session.request(fields, { endStream: false });
  }

  async ask(request: HandMadeRequest): Promise<HandMadeAnswer> {
    const stream = this.begin(request);
    const answer = answerOf(stream);
    for (const chunk of request.chunks ?? []) {
      await new Promise((resolve) => {
        stream.write(chunk, resolve);
      });
    }
    if (request.open !== true) stream.end();
    return answer;
  }

  [Symbol.dispose](): void {
    this.session.destroy();
  }
}

/** Waits until the server has said all. */
export function answerOf(stream: ClientHttp2Stream): Promise<HandMadeAnswer> {
  return new Promise((resolve) => {
    let head: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders | undefined;
    const body: Buffer[] = [];
    stream.on('response', (fields) => {
      head = fields;
    });
    stream.on('trailers', (fields) => {
      trailers = fields;
    });
    stream.on('data', (bytes: Buffer) => {
      body.push(bytes);
    });
    // A reset is an answer without a status.
    stream.on('error', () => undefined);
    const conclude = (): void => {
      const status = numberOf((trailers ?? head)['grpc-status']);
      const message = (trailers ?? head)['grpc-message'];
      resolve({
        httpStatus: numberOf(head[':status']),
        grpcStatus: status,
        grpcMessage: typeof message === 'string' ? message : undefined,
        head,
        trailers,
        body: Buffer.concat(body),
      });
      stream.close(constants.NGHTTP2_CANCEL);
    };
    stream.once('end', conclude);
    stream.once('close', conclude);
  });
}

function numberOf(field: string | string[] | number | undefined): number | undefined {
  return field === undefined ? undefined : Number(field);
}

/** A message as gRPC frames it. */
export function framed(message: Buffer, flag = 0, length = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flag, 0);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}
