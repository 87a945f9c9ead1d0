import type { EventEmitter } from 'node:events';
import {
  Client,
  credentials,
  Metadata,
  type CallOptions,
  type ChannelOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  type StatusObject,
} from '@grpc/grpc-js';

const asIs = (bytes: Buffer): Buffer => bytes;

/** How a call of a foreign client ended, and all that it was told. */
export interface Outcome {
  readonly code: number;
  readonly details: string;
  readonly initial: Metadata;
  readonly trailing: Metadata;
  /** Of a call that is answered once. */
  readonly answer: Buffer | undefined;
}

type Extras = CallOptions & { readonly metadata?: Metadata };

/** grpc-js without anything of ours around it: what a client of any other making does. Disposing closes its connection. */
export class ForeignClient implements Disposable {
  readonly #client: Client;

  constructor(address: string, options: ChannelOptions = {}) {
    // Connections are pooled by address otherwise, and a port of an earlier test comes again.
    const own = { 'grpc.use_local_subchannel_pool': 1, ...options };
    this.#client = new Client(address, credentials.createInsecure(), own);
  }

  unary(path: string, request: Buffer, { metadata = new Metadata(), ...options }: Extras = {}): Promise<Outcome> {
    let answer: Buffer | undefined;
    const call = this.#client.makeUnaryRequest(path, asIs, asIs, request, metadata, options, (_error, value) => {
      answer = value;
    });
    return outcomeOf(call, () => answer);
  }

  clientStream(
    path: string,
    { metadata = new Metadata(), ...options }: Extras = {},
  ): { readonly call: ClientWritableStream<Buffer>; readonly outcome: Promise<Outcome> } {
    let answer: Buffer | undefined;
    const call = this.#client.makeClientStreamRequest(path, asIs, asIs, metadata, options, (_error, value) => {
      answer = value;
    });
    return { call, outcome: outcomeOf(call, () => answer) };
  }

  serverStream(
    path: string,
    request: Buffer,
    { metadata = new Metadata(), ...options }: Extras = {},
  ): { readonly call: ClientReadableStream<Buffer>; readonly outcome: Promise<Outcome> } {
    const call = this.#client.makeServerStreamRequest(path, asIs, asIs, request, metadata, options);
    return { call, outcome: outcomeOf(call) };
  }

  bidi(
    path: string,
    { metadata = new Metadata(), ...options }: Extras = {},
  ): { readonly call: ClientDuplexStream<Buffer, Buffer>; readonly outcome: Promise<Outcome> } {
    const call = this.#client.makeBidiStreamRequest(path, asIs, asIs, metadata, options);
    return { call, outcome: outcomeOf(call) };
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

type AnyCall =
  ClientUnaryCall | ClientWritableStream<Buffer> | ClientReadableStream<Buffer> | ClientDuplexStream<Buffer, Buffer>;

function outcomeOf(call: AnyCall, answer: () => Buffer | undefined = () => undefined): Promise<Outcome> {
  return new Promise((resolve) => {
    let initial = new Metadata();
    // Streams tell an error too, which says what the status does.
    const emitter: EventEmitter = call;
    emitter.on('error', () => undefined);
    call.on('metadata', (metadata: Metadata) => {
      initial = metadata;
    });
    call.on('status', ({ code, details, metadata }: StatusObject) => {
      resolve({ code, details, initial, trailing: metadata, answer: answer() });
    });
  });
}
