import { Http1FieldError, type Http1ConnectionError } from './connection-error.ts';
import type { FieldNames } from './field-names.ts';
import type { HeadWriter } from './head-writer.ts';
import { NONE, type Head } from './head.ts';
import type { Output } from './output.ts';
import { statusLine } from './reason-phrase.ts';
import type { Framing } from './sender.ts';
import type { ServerExchange } from './server-exchange.ts';

export interface ResponseHead {
  readonly status: number;
  /** A head whose end-to-end fields go first. */
  readonly from: Head | undefined;
  readonly fields: readonly string[];
  readonly endStream: boolean;
  readonly except: FieldNames | undefined;
  /** The connection closes behind this response in any case. */
  readonly isLast: boolean;
}

/**
 * Writes the head of a final response, and decides how its content is framed (RFC 9112, section 6) and whether the connection stays
 * open (section 9.3).
 * @throws Http1FieldError; nothing is written then
 */
export function writeResponse(writer: HeadWriter, exchange: ServerExchange, head: ResponseHead): Framing | 'tunnel' {
  try {
    writer.beginResponse(head.status);
    if (head.from !== undefined) writer.copyFields(head.from, head.except);
    writer.fields(head.fields);
    if (isSwitch(writer, exchange, head)) {
      writer.end(undefined);
      return 'tunnel';
    }
    const framing = frame(writer, exchange, head);
    // A peer that was refused a tunnel, or waits for 100, may send what is no request nevertheless (RFC 9110, sections 9.3.6 and 10.1.1).
    const isAmbiguous = exchange.isConnect || exchange.awaitsContinue;
    if (writer.closes || head.isLast || isAmbiguous || framing === 'untilEnd') exchange.keepsOpen = false;
    writer.end(exchange.keepsOpen ? (exchange.isHttp11 ? undefined : 'keep-alive') : 'close');
    return framing;
  } catch (error) {
    writer.cancel();
    throw error;
  }
}

/** @throws Http1FieldError; nothing is written then */
export function writeInterim(writer: HeadWriter, status: number, fields: readonly string[]): void {
  try {
    writer.beginResponse(status);
    if (status > 199 || status === 101)
      throw new Http1FieldError(String(status), 'is no status of an interim response');
    writer.fields(fields);
    writer.end(undefined);
  } catch (error) {
    writer.cancel();
    throw error;
  }
}

/** The answer to what is refused; the connection closes behind it. */
export function writeRefusal(output: Output, error: Http1ConnectionError, isHead: boolean): void {
  const text = `${error.message}\n`;
  output.text(statusLine(error.status));
  output.text(`content-type: text/plain\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n`);
  if (!isHead) output.text(text);
}

function isSwitch(writer: HeadWriter, exchange: ServerExchange, { status }: ResponseHead): boolean {
  if (status === 101) {
    if (!exchange.offersUpgrade) throw new Http1FieldError('101', 'answers no request with Upgrade');
    if (!writer.hasUpgrade) throw new Http1FieldError('upgrade', 'is missing: it says to which protocol 101 switches');
    return true;
  }
  if (status < 200) throw new Http1FieldError(String(status), 'is the status of an interim response');
  return exchange.isConnect && status < 300;
}

function frame(writer: HeadWriter, exchange: ServerExchange, { status, endStream }: ResponseHead): Framing {
  const { contentLength } = writer;
  if (status === 204) return 'none';
  if (exchange.isHead || status === 304) {
    // It says how long the content would be.
    if (contentLength !== NONE) writer.contentLengthField(contentLength);
    return 'none';
  }
  if (endStream) {
    if (contentLength > 0) throw new Http1FieldError('content-length', 'declares content that does not come');
    writer.contentLengthField(0);
    return 'none';
  }
  if (contentLength !== NONE) {
    writer.contentLengthField(contentLength);
    return 'length';
  }
  if (!exchange.isHttp11) return 'untilEnd';
  writer.chunkedField();
  return 'chunks';
}
