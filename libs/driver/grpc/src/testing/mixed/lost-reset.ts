import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

/**
 * `node lost-reset.ts`: an upload that `node:http2` is told to close and to destroy while its content waits for room, which is what
 * undici does with a request that is aborted. It ends at once when the reset is sent. But `close()` without a code waits for the
 * content, and `destroy()` after it leaves the waiting reset out and only forgets the stream: at the next WINDOW_UPDATE nghttp2 asks
 * for content, is given 0 bytes that neither end the stream nor defer it, writes an empty DATA frame and asks again, for ever.
 */
const CONTENT = Buffer.alloc(1_000_000);

const server = createServer();
const asked = Promise.withResolvers<ServerHttp2Stream>();
server.once('stream', asked.resolve);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const client = connect(`http://127.0.0.1:${portOf(server.address())}`);
const upload = client.request({ ':method': 'POST' });
upload.end(CONTENT);
const received = await asked.promise;
while ((client.state.remoteWindowSize ?? 0) > 0) await new Promise(setImmediate);
upload.close();
upload.destroy();
received.on('error', () => undefined);
received.on('close', () => {
  client.destroy();
  server.close();
});
received.resume();

function portOf(address: AddressInfo | string | null): number {
  assert(typeof address === 'object' && address !== null);
  return address.port;
}
