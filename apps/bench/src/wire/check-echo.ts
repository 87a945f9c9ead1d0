import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { ECHO_SERVICE } from './echo-service.ts';

const CA = join(import.meta.dirname, '../../../../libs/platform/rpc/testdata/ca.pem');
const DEADLINE_MS = 10_000;

/** One call as a foreign client makes it. @throws Error when its status is not 0, or its message not the one that was sent */
export async function checkEcho(port: number, transport: 'plain' | 'tls', messageBytes: number): Promise<void> {
  const security = transport === 'tls' ? credentials.createSsl(await readFile(CA)) : credentials.createInsecure();
  const client = new Client(`localhost:${port}`, security);
  const { path, requestSerialize, responseDeserialize } = ECHO_SERVICE.unary;
  const message = Buffer.alloc(messageBytes, 'echo');
  const metadata = new Metadata();
  metadata.set('x-tenant', 'acme');
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const deadline = Date.now() + DEADLINE_MS;
  client.makeUnaryRequest(
    path,
    requestSerialize,
    responseDeserialize,
    message,
    metadata,
    { deadline },
    (error, got) => {
      // An error is what is told of any status but 0.
      if (error === null) resolve(got);
      else reject(error);
    },
  );
  try {
    if ((await promise)?.equals(message) !== true) throw new Error(`port ${port} answered another message`);
  } finally {
    client.close();
  }
}
