import { spawnSync } from 'node:child_process';

/** Programs of etcd's makers, and the package of Debian and Ubuntu that has each. */
const PACKAGES = { etcd: 'etcd-server', etcdctl: 'etcd-client', h2load: 'nghttp2-client' } as const;
export type Peer = keyof typeof PACKAGES;

/**
 * Tests beside real programs. Where one is not installed they are skipped, aloud; with `PORTOLAN_REQUIRE_PEERS` set, as CI has it, they
 * fail.
 */
export function describeWithPeers(peers: readonly Peer[], name: string, tests: () => void): void {
  const missing = peers.filter((peer) => spawnSync('sh', ['-c', `command -v ${peer}`]).status !== 0);
  const lacking = missing.map((peer) => `${peer} is not installed: sudo apt-get install -y ${PACKAGES[peer]}`).join();
  const declare = lacking === '' || process.env.PORTOLAN_REQUIRE_PEERS !== undefined ? describe : describe.skip;
  declare(lacking === '' ? name : `${name} (${lacking})`, () => {
    if (lacking === '') tests();
    else {
      it('has them all', () => {
        expect(lacking).toBe('');
      });
    }
  });
}
