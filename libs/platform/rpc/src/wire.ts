import type { Writable } from 'node:stream';
import type { PeerCertificate } from 'node:tls';
import type { Deadline, Metadata, sendUnaryData, StatusObject } from '@grpc/grpc-js';
import { send } from './messages.ts';

/** What the four kinds of grpc-js server calls have in common. */
export interface ServerCall {
  readonly metadata: Metadata;
  getPeer(): string;
  /** Of a connection whose certificate was verified. */
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificate };
  getDeadline(): Deadline;
  sendMetadata(headers: Metadata): void;
  /** The caller is gone, or the deadline has passed; also said after the end. */
  once(event: 'cancelled', listener: () => void): unknown;
}

/** The answering side of one call, the same for every kind. After `succeed` or `fail`, or when the caller is gone, nothing happens. */
export interface Wire {
  sendHeaders(headers: Metadata): void;
  /** Resolves when there is room for the next. */
  send(message: Buffer, signal: AbortSignal): Promise<void>;
  succeed(trailers: Metadata): void;
  fail(status: StatusObject): void;
}

/** For a method that answers once. */
export function singleWire(call: ServerCall, respond: sendUnaryData<Buffer>): Wire {
  let answer: Buffer | undefined;
  return {
    sendHeaders: (headers) => {
      call.sendMetadata(headers);
    },
    send: async (message) => {
      answer = message;
    },
    succeed: (trailers) => {
      respond(null, answer, trailers);
    },
    fail: (status) => {
      respond(status);
    },
  };
}

/** What grpc-js makes of a writable's `end`. */
interface EndsWithTrailers {
  end(trailers: Metadata): unknown;
}

/** For a method that answers with a stream. */
export function streamWire(call: ServerCall & Writable & EndsWithTrailers): Wire {
  let unwritten = 0;
  let whenWritten: (() => void) | undefined;
  const onWritten = (): void => {
    unwritten -= 1;
    if (unwritten === 0) whenWritten?.();
  };
  return {
    sendHeaders: (headers) => {
      call.sendMetadata(headers);
    },
    send: (message, signal) => {
      unwritten += 1;
      return send(call, message, signal, onWritten);
    },
    succeed: (trailers) => {
      call.end(trailers);
    },
    fail: (status) => {
      // What grpc-js listens for. Whoever still reads requests hears it too, and Node then destroys the call: messages
      // written before have to be out by then, or neither they nor the status ever are.
      const fail = (): void => {
        if (!call.destroyed) call.emit('error', status);
      };
      if (unwritten === 0) fail();
      else whenWritten = fail;
    },
  };
}
