import { connectEtcd } from './testing/etcd-clients.ts';
import { etcdctlLong } from './testing/etcdctl.ts';
import { startOurEtcd } from './testing/our-etcd.ts';
import { describeWithPeers } from './testing/peers.ts';
import { everything } from './testing/refusals.ts';

/** What it says of each load, whether or not this machine is as fast as it wants. */
const VERDICTS = [/Throughput (is|too low)/, /Slowest request took/, /Stddev (is|too high)/, /^(PASS|FAIL)$/m];

describeWithPeers(['etcdctl'], 'etcdctl check perf', () => {
  it.each(['--load=s', '--load=m', '--load=s --auto-compact --auto-defrag'])(
    '%s comes to its verdicts, and takes its keys away',
    async (flags) => {
      await using ours = await startOurEtcd();
      const { stdout, error } = await etcdctlLong(ours.port, ['check', 'perf', ...flags.split(' ')]);
      process.stdout.write(`${flags}\n${stdout.slice(stdout.search(/(PASS|FAIL): /))}`);
      for (const verdict of VERDICTS) expect(stdout).toMatch(verdict);
      expect(`${stdout}${error}`).not.toMatch(/too many errors|Error:/);
      using clients = connectEtcd(ours.port);
      const { revision, kvs } = await everything(clients);
      expect(kvs).toEqual([]);
      expect(revision).toBeGreaterThan(1_000n);
    },
    600_000,
  );
});
