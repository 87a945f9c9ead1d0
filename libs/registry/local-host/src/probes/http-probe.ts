import { OUTPUT_BYTES_MAX } from '@portolan/catalog';
import { Agent, request } from 'undici';
import type { HttpCheck } from '../model.ts';
import type { Probe } from './probe.ts';

// A probe that reuses a connection would not notice that no new one can be made.
const verifying = new Agent({ pipelining: 0 });
const unverifying = new Agent({ pipelining: 0, connect: { rejectUnauthorized: false } });

/** 2xx passes, 429 warns, anything else is critical: as Consul's HTTP check. */
export function httpProbe({ url, method, headers, body, tlsSkipVerify }: HttpCheck): Probe {
  return async (signal) => {
    const answer = await request(url, {
      method,
      headers: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, [...values]])),
      body: body === '' ? null : body,
      signal,
      dispatcher: tlsSkipVerify ? unverifying : verifying,
      reset: true,
    });
    const { statusCode } = answer;
    const said = `HTTP ${method} ${url}: ${statusCode} ${await firstBytes(answer.body)}`.trimEnd();
    if (statusCode >= 200 && statusCode < 300) return { status: 'passing', output: said };
    return { status: statusCode === 429 ? 'warning' : 'critical', output: said };
  };
}

/** Reads no more than can be shown. */
async function firstBytes(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= OUTPUT_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
