import { Http1FieldError } from './connection-error.ts';
import type { FieldNames } from './field-names.ts';
import type { HeadWriter } from './head-writer.ts';
import { NONE, type Head } from './head.ts';
import type { Framing } from './sender.ts';

/** How a request of another connection goes on. */
export interface ForwardOptions {
  /** Instead of the target it came with. */
  readonly target?: string;
  /** End-to-end fields that are left out. */
  readonly except?: FieldNames;
}

/** Methods whose requests say that they have no content (RFC 9110, section 8.6). */
const METHODS_WITH_CONTENT: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Writes the head of a request that is built from fields.
 * @throws Http1FieldError; nothing is written then
 */
export function writeRequest(
  writer: HeadWriter,
  method: string,
  target: string,
  fields: readonly string[],
  endStream: boolean,
): Framing {
  try {
    writer.beginRequest(method, target);
    writer.fields(fields);
    return endRequest(writer, method, endStream);
  } catch (error) {
    writer.cancel();
    throw error;
  }
}

/** Writes the head of a request that another connection received. @throws Http1FieldError; nothing is written then */
export function writeForwarded(
  writer: HeadWriter,
  from: Head,
  fields: readonly string[],
  endStream: boolean,
  options: ForwardOptions,
): Framing {
  try {
    writer.beginRequestOf(from, options.target);
    writer.copyFields(from, options.except);
    writer.fields(fields);
    return endRequest(writer, from.method, endStream);
  } catch (error) {
    writer.cancel();
    throw error;
  }
}

function endRequest(writer: HeadWriter, method: string, endStream: boolean): Framing {
  if (!writer.hasHost) throw new Http1FieldError('host', 'is missing');
  const framing = frame(writer, method, endStream);
  writer.end(writer.closes ? 'close' : undefined);
  return framing;
}

function frame(writer: HeadWriter, method: string, endStream: boolean): Framing {
  const { contentLength } = writer;
  if (!endStream) {
    if (method === 'CONNECT')
      throw new Http1FieldError('CONNECT', 'has no content: what follows goes through the tunnel');
    if (writer.hasUpgrade) throw new Http1FieldError('upgrade', 'does not go with content');
    if (contentLength === NONE) {
      writer.chunkedField();
      return 'chunks';
    }
    writer.contentLengthField(contentLength);
    return 'length';
  }
  if (contentLength > 0) throw new Http1FieldError('content-length', 'declares content that does not come');
  if (contentLength === 0 || METHODS_WITH_CONTENT.has(method)) {
    if (method !== 'CONNECT') writer.contentLengthField(0);
  }
  return 'none';
}
