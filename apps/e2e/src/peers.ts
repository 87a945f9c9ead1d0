import { spawnSync } from 'node:child_process';

/** What installs a program on Debian and Ubuntu. */
const PEERS = {
  haproxy: { packages: 'haproxy', root: false },
  chromium: { packages: 'chromium', root: false },
  'redis-server': { packages: 'redis-server', root: false },
  'rabbitmq-server': { packages: 'rabbitmq-server', root: false },
  'docker-compose': { packages: 'docker-compose', root: true },
  kubectl: { packages: 'kubectl', root: false },
  dockerd: { packages: 'docker.io busybox-static', root: true },
} as const;
export type Peer = keyof typeof PEERS;

/**
 * A test with a real program beside ours. Where it cannot run the test is skipped, aloud; with `PORTOLAN_REQUIRE_PEERS`
 * set, as CI has it, it fails.
 */
export const itWithPeer = (peer: Peer, name: string, test: () => Promise<void>): void => {
  itWithPeers([peer], name, test);
};

/** The same with several programs. */
export function itWithPeers(peers: readonly Peer[], name: string, test: () => Promise<void>): void {
  const lacking = peers.flatMap((peer) => missing(peer) ?? []);
  if (lacking.length === 0) {
    it(name, test);
    return;
  }
  const what = lacking.join('; ');
  if (process.env.PORTOLAN_REQUIRE_PEERS === undefined) it.skip(`${name} (${what})`, test);
  else {
    it(name, () => {
      throw new Error(what);
    });
  }
}

/** @returns what keeps it from running here */
function missing(peer: Peer): string | undefined {
  const { packages, root } = PEERS[peer];
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
  const found = spawnSync('sh', ['-c', `command -v ${peer}`], { env: { ...process.env, PATH: path } }).status === 0;
  if (!found) return `${peer} is not installed: sudo apt-get install -y ${packages}`;
  return root && process.getuid?.() !== 0 ? `${peer} needs root` : undefined;
}
