import { openGrpcClients } from './grpc-clients.ts';
import { openHttpClients } from './http-clients.ts';
import { liveBytes } from './live-bytes.ts';
import { openServers } from './servers.ts';
import { END, type Side, type Told } from './side.ts';

/** `node side-process.ts <side> <seed> <ports …>`: one side of the soak, led by its parent through IPC. */
const BEAT_MS = 1_000;

const [, , name = '', seed, ...ports] = process.argv;
const side = await open();
const beats = setInterval(() => {
  process.send?.(side.summary());
}, BEAT_MS);
let ended = false;
process.on('disconnect', () => {
  // After its end, whatever is still open is to be seen by the process that goes on.
  clearInterval(beats);
  if (!ended) process.exit(1);
});
process.on('message', (command) => {
  void carryOut(command).then((failures) => tell(failures));
});
await tell([]);

function open(): Side | Promise<Side> {
  if (name === 'servers') return openServers();
  const clients = name === 'gRPC clients' ? openGrpcClients : openHttpClients;
  return clients(Number(seed), ports.map(Number));
}

async function carryOut(command: unknown): Promise<readonly string[]> {
  if (command === END) {
    ended = true;
    return side.end();
  }
  await side.run(Number(command));
  return [];
}

async function tell(failures: readonly string[]): Promise<void> {
  const told: Told = { ports: side.ports, summary: side.summary(), failures, liveBytes: await liveBytes() };
  process.send?.(told);
}
