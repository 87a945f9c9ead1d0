import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { startAnswering } from './answering.ts';

// A process of its own, so that nothing but the server's end of connections is weighed: says its port, and at each line that it is told
// how many bytes are in use. `bare`: a server that answers and keeps nothing.

async function startBare(): Promise<number> {
  const server = createServer((socket) => {
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nporto');
    });
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function startOurs(): Promise<number> {
  const { handler, port } = await startAnswering();
  // The book of the test is none of the server's.
  handler.onChange = (): void => {
    handler.asked.length = 0;
  };
  return port;
}

const port = process.argv[2] === 'bare' ? await startBare() : await startOurs();
process.stdout.write(`${port}\n`);
process.stdin.on('data', () => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${heapUsed + external}\n`);
});
process.stdin.on('end', () => {
  process.exit();
});
