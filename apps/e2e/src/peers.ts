import { spawnSync } from 'node:child_process';

/** What installs a program on Debian and Ubuntu. */
const PACKAGES = { haproxy: 'haproxy' } as const;
export type Peer = keyof typeof PACKAGES;

/**
 * A test with a real program beside ours. Where it is not installed the test is skipped, aloud; with `PORTOLAN_REQUIRE_PEERS`
 * set, as CI has it, it fails.
 */
export function itWithPeer(peer: Peer, name: string, test: () => Promise<void>): void {
  if (isInstalled(peer)) {
    it(name, test);
    return;
  }
  const what = `${peer} is not installed: sudo apt-get install -y ${PACKAGES[peer]}`;
  if (process.env.PORTOLAN_REQUIRE_PEERS === undefined) it.skip(`${name} (${what})`, test);
  else {
    it(name, () => {
      throw new Error(what);
    });
  }
}

function isInstalled(peer: Peer): boolean {
  return spawnSync('sh', ['-c', `command -v ${peer}`]).status === 0;
}
