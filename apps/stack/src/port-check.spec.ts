import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { checkPorts } from './port-check.ts';
import type { PlannedProcess } from './plan.ts';

let server: Server;
let port: number;
beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterEach(() => {
  server.close();
});

const wanting = (taken: number): readonly PlannedProcess[] => [
  { name: 'gateway', app: 'gateway', stage: 3, args: [], ports: [{ flag: '--port', port: taken }] },
];

it('names the port, who wants it, and what to do', async () => {
  const refused = checkPorts(wanting(port));
  await expect(refused).rejects.toThrow(`port ${port} for gateway is in use`);
  await expect(refused).rejects.toMatchObject({ fix: expect.stringContaining('--port-offset 100') as unknown });
});

it('lets free ports pass', async () => {
  server.close();
  await once(server, 'close');
  await expect(checkPorts(wanting(port))).resolves.toBeUndefined();
});

const onLinux = process.platform === 'linux' ? it : it.skip;
onLinux('names the process that has it', async () => {
  await expect(checkPorts(wanting(port))).rejects.toThrow(`(process ${process.pid})`);
});
