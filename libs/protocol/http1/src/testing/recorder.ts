import { Http1Client, type Http1ClientOptions } from '../client.ts';
import { Http1MessageError, type Http1ConnectionError } from '../connection-error.ts';
import type { Http1ClientEvents, Http1ServerEvents } from '../events.ts';
import type { Head } from '../head.ts';
import { latin1OfBytes } from '../latin1.ts';
import { Http1Server, type Http1ServerOptions } from '../server.ts';
import { bytesOf, shown, textOf } from './bytes.ts';

/** Writes down what a connection tells, one line an event, and does what its hooks say. Neighbouring content is one line, however it was cut. */
export class Recorder implements Http1ServerEvents, Http1ClientEvents {
  readonly lines: string[] = [];
  error: Http1ConnectionError | undefined;
  onHead: (head: Head, endStream: boolean) => void = () => undefined;
  onBytes: (bytes: Uint8Array, start: number, end: number) => void = () => undefined;
  onWhole: (trailers: Head | undefined) => void = () => undefined;
  onRoom: () => void = () => undefined;
  onTunnelBytes: (text: string) => void = () => undefined;

  onRequest(head: Head, endStream: boolean): void {
    this.lines.push(`request ${describeHead(head)}${endStream ? ' | end' : ''}`);
    this.onHead(head, endStream);
  }

  onResponse(head: Head, endStream: boolean): void {
    this.lines.push(`response ${describeHead(head)}${endStream ? ' | end' : ''}`);
    this.onHead(head, endStream);
  }

  onInterim(head: Head): void {
    this.lines.push(`interim ${describeHead(head)}`);
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    this.add('data', latin1OfBytes(bytes, start, end));
    this.onBytes(bytes, start, end);
  }

  onEnd(trailers: Head | undefined): void {
    this.lines.push(trailers === undefined ? 'end' : `end ${fieldsOf(trailers)}`);
    this.onWhole(trailers);
  }

  onWritable(): void {
    this.lines.push('writable');
    this.onRoom();
  }

  onTunnel(bytes: Uint8Array, start: number, end: number): void {
    const text = latin1OfBytes(bytes, start, end);
    this.add('tunnel', text);
    this.onTunnelBytes(text);
  }

  onTunnelEnd(): void {
    this.lines.push('tunnel end');
  }

  onError(error: Http1ConnectionError): void {
    this.error = error;
    const reason = error instanceof Http1MessageError ? error.reason : error.code;
    this.lines.push(`error ${reason} ${error.status}`);
  }

  private add(kind: string, text: string): void {
    const last = this.lines.at(-1);
    if (last?.startsWith(`${kind} `) === true && last !== 'tunnel end')
      this.lines[this.lines.length - 1] = last + shown(text);
    else this.lines.push(`${kind} ${shown(text)}`);
  }
}

export interface ServerEnd {
  readonly connection: Http1Server;
  readonly told: Recorder;
}

export interface ClientEnd {
  readonly connection: Http1Client;
  readonly told: Recorder;
}

export function serverEnd(options: Http1ServerOptions = {}): ServerEnd {
  const told = new Recorder();
  return { told, connection: new Http1Server(options, told) };
}

export function clientEnd(options: Http1ClientOptions = {}): ClientEnd {
  const told = new Recorder();
  return { told, connection: new Http1Client(options, told) };
}

/** A server that answers each request at once, or when its content is whole, with what it read. */
export function echoEnd(options: Http1ServerOptions = {}): ServerEnd {
  const end = serverEnd(options);
  const { connection, told } = end;
  let content = '';
  const answer = (): void => {
    if (!connection.canRespond) return;
    const bytes = bytesOf(content);
    connection.head(200, ['content-length', String(bytes.length)], bytes.length === 0);
    if (bytes.length > 0) connection.data(bytes, 0, bytes.length, true);
  };
  told.onHead = (_, endStream): void => {
    content = '';
    if (endStream) answer();
  };
  told.onBytes = (bytes, start, to): void => {
    content += latin1OfBytes(bytes, start, to);
  };
  told.onWhole = answer;
  return end;
}

/** Gives text to a connection as one read. */
export function give({ connection }: ServerEnd | ClientEnd, text: string): void {
  const bytes = bytesOf(text);
  connection.receive(bytes, 0, bytes.length, 0);
}

/** Writes what the connection would: to nobody, but as text. */
export function take({ connection }: ServerEnd | ClientEnd): string {
  let text = '';
  do {
    text += textOf(connection.output.bytes.subarray(0, connection.output.length));
    connection.output.clear();
    connection.flushed();
  } while (connection.output.length > 0);
  return text;
}

/** Carries bytes both ways until nobody has any. */
export function settle(one: ServerEnd | ClientEnd, other: ServerEnd | ClientEnd): void {
  for (let rounds = 0; rounds < 10_000; rounds += 1) {
    const [out, back] = [take(one), take(other)];
    if (out === '' && back === '') return;
    if (out !== '') give(other, out);
    if (back !== '') give(one, back);
  }
  throw new Error('the two never stop talking');
}

export function describeHead(head: Head): string {
  const start = head.status === 0 ? `${head.method} ${head.target}` : `${head.status} ${shown(head.reason)}`.trim();
  return `${start} 1.${head.minor} ${fieldsOf(head)}`.trim();
}

export function fieldsOf(head: Head): string {
  return Array.from({ length: head.size }, (_, index) => `${head.name(index)}=${shown(head.value(index))}`).join(' ');
}
