import type { IncomingMessage } from 'node:http';
import type { OpsAnswer } from './ops-route.ts';

/** Ops requests are a few settings; a larger body is refused before it is read whole. */
const BODY_BYTES_MAX = 65_536;

/** What a request carried: JSON, nothing (undefined), or what cannot be accepted, with the answer that says why. */
export type RequestBody =
  { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'refused'; readonly answer: OpsAnswer };

/** Reads the body of an ops request as JSON. A type other than JSON is refused, so that no web page can post here. */
export async function readJson(request: IncomingMessage): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Not destroyed on an early end: the answer that refuses it still has to go out on this connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(chunk)) continue;
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) {
        return refused(
          413,
          'OPS_BODY_TOO_LARGE',
          `the body is larger than ${BODY_BYTES_MAX} bytes`,
          'send a smaller one',
        );
      }
      chunks.push(chunk);
    }
  } catch {
    return refused(400, 'OPS_BODY_CUT', 'the body ended early', 'send it whole');
  }
  if (bytes === 0) return { kind: 'json', value: undefined };
  if (request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    return refused(415, 'OPS_NOT_JSON', 'the body is not declared as JSON', 'send content-type: application/json');
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return { kind: 'json', value };
  } catch (error) {
    return refused(400, 'OPS_MALFORMED_JSON', `the body is no JSON: ${String(error)}`, 'send well-formed JSON');
  }
}

function refused(status: number, code: string, message: string, fix: string): RequestBody {
  return { kind: 'refused', answer: { status, body: { code, message, fix } } };
}
