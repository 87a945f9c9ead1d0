import { etcdctlLong } from './testing/etcdctl.ts';
import { startOurEtcd } from './testing/our-etcd.ts';
import { describeWithPeers } from './testing/peers.ts';

describeWithPeers(['etcdctl'], 'etcdctl check', () => {
  it.each(['s', 'm'])(
    'datascale, load %s',
    async (load) => {
      await using ours = await startOurEtcd();
      const { stdout, error } = await etcdctlLong(ours.port, ['check', 'datascale', `--load=${load}`]);
      expect(`${stdout}${error}`).toContain('PASS: Approximate system memory used');
    },
    600_000,
  );
});
