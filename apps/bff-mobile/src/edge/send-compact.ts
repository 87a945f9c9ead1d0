import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { SendBody } from '@portolan/shop';
import type { Request } from 'express';
import { etagOf, matches, type Coding } from './etag.ts';

/** Below, compression makes it longer or saves less than a packet. */
const COMPRESS_BYTES_MIN = 400;
/** The knee of the curve for JSON: what is higher costs milliseconds for a percent. */
const BROTLI_QUALITY = 5;

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);

/** Sends a body as few bytes as the client takes it in, or none when it has it already. */
export const sendCompact: SendBody = async (request, response, { status, body = {}, caching }) => {
  const text = JSON.stringify(body);
  const coding = codingFor(request, text);
  response.vary('Accept-Encoding');
  if (request.method === 'GET' || request.method === 'HEAD') {
    const etag = etagOf(text, caching !== 'partial', coding);
    response.set('ETag', etag);
    if (status === 200 && matches(request.get('If-None-Match'), etag)) {
      response.status(304).end();
      return;
    }
  }
  response.type('json');
  if (coding === 'identity') {
    response.end(text);
    return;
  }
  const bytes =
    coding === 'br'
      ? await brotli(text, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })
      : await deflate(text);
  response.set('Content-Encoding', coding).end(bytes);
};

function codingFor(request: Request, text: string): Coding {
  if (text.length < COMPRESS_BYTES_MIN) return 'identity';
  const accepted = request.acceptsEncodings('br', 'gzip', 'identity');
  return accepted === 'br' || accepted === 'gzip' ? accepted : 'identity';
}
