import type { Http2ConnectionError } from '../connection-error.ts';
import { Http2Connection, type Http2Options } from '../connection.ts';
import type { Http2Events, StreamId } from '../events.ts';
import type { FieldSection } from '../field-section.ts';
import { errorCodeName, type ErrorCode } from '../frame.ts';
import { latin1OfBytes } from '../hpack/token-cache.ts';

/** Writes down what a connection tells, one line an event, and does what its hooks say. */
export class Recorder implements Http2Events<string> {
  readonly lines: string[] = [];
  /** Content by stream, as text. */
  readonly content = new Map<number, string>();
  error: Http2ConnectionError | undefined;
  /** Writes the output; set by whoever has a socket. */
  flush: () => void = () => undefined;
  onRequest: (stream: StreamId, head: FieldSection, endStream: boolean) => void = () => undefined;
  onRequestEnd: (stream: StreamId) => void = () => undefined;
  onRoom: (stream: StreamId) => void = () => undefined;
  onBytes: (stream: StreamId, bytes: number) => void = () => undefined;

  onHead(stream: StreamId, head: FieldSection, endStream: boolean): string {
    this.lines.push(`head ${stream} ${textOf(head)}${endStream ? ' end' : ''}`);
    this.onRequest(stream, head, endStream);
    return `s${stream}`;
  }

  onInterim(...[, stream, head]: [string, StreamId, FieldSection]): void {
    this.lines.push(`interim ${stream} ${textOf(head)}`);
  }

  onData(...[, stream, bytes, start, end]: [string, StreamId, Uint8Array, number, number]): void {
    this.content.set(stream, (this.content.get(stream) ?? '') + latin1OfBytes(bytes, start, end));
    this.onBytes(stream, end - start);
  }

  onEnd(...[, stream, trailers]: [string, StreamId, FieldSection | undefined]): void {
    this.lines.push(`end ${stream}${trailers === undefined ? '' : ` ${textOf(trailers)}`}`);
    this.onRequestEnd(stream);
  }

  onWritable(...[, stream]: [string, StreamId]): void {
    this.lines.push(`writable ${stream}`);
    this.onRoom(stream);
  }

  onClose(...[, stream, code, isUnprocessed]: [string, StreamId, ErrorCode, boolean]): void {
    this.lines.push(`close ${stream} ${errorCodeName(code)}${isUnprocessed ? ' unprocessed' : ''}`);
  }

  onSettings(): void {
    this.lines.push('settings');
  }

  onPong(bytes: Uint8Array, at: number): void {
    this.lines.push(`pong ${bytes[at] ?? 0}`);
  }

  onGoaway(lastStream: number, code: ErrorCode, text: string): void {
    this.lines.push(`goaway ${lastStream} ${errorCodeName(code)} ${text}`);
  }

  onDrained(): void {
    this.lines.push('drained');
  }

  onError(error: Http2ConnectionError): void {
    this.error = error;
    this.lines.push(`error ${error.message}`);
  }
}

export interface Endpoint {
  readonly connection: Http2Connection<string>;
  readonly told: Recorder;
}

export function endpoint(role: 'client' | 'server', options: Partial<Http2Options> = {}): Endpoint {
  const told = new Recorder();
  return { told, connection: new Http2Connection({ now: 0, role, ...options }, told) };
}

/** Takes what the endpoint would write. */
export function take({ connection }: Endpoint): Uint8Array {
  const { output } = connection;
  const bytes = output.bytes.slice(0, output.length);
  output.clear();
  connection.flushed();
  return bytes;
}

/** Carries bytes both ways until nobody has any. */
export function settle(one: Endpoint, other: Endpoint, now = 0): void {
  for (let rounds = 0; rounds < 10_000; rounds += 1) {
    const [out, back] = [take(one), take(other)];
    if (out.length === 0 && back.length === 0) return;
    if (out.length > 0) other.connection.receive(out, 0, out.length, now);
    if (back.length > 0) one.connection.receive(back, 0, back.length, now);
  }
  throw new Error('the two never stop talking');
}

export function textOf(head: FieldSection): string {
  const parts = [head.method, head.path, head.status === 0 ? '' : String(head.status)].filter((part) => part !== '');
  for (let index = 0; index < head.size; index += 1) parts.push(`${head.name(index)}=${head.value(index)}`);
  return parts.join(' ');
}

export const GET: readonly string[] = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'a.test'];
export const POST: readonly string[] = [':method', 'POST', ':scheme', 'http', ':path', '/', ':authority', 'a.test'];
