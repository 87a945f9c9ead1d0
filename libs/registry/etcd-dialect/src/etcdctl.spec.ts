import { describeWithPeers } from './testing/peers.ts';
import { startBoth, type Both } from './testing/both.ts';
import { etcdctl } from './testing/etcdctl.ts';

type Line = readonly string[] | { readonly args: readonly string[]; readonly input: string };

/**
 * What is run on both, line by line. Lease ids are chosen by the client where it can; what only one server can know (ids, sizes, hashes)
 * is masked.
 */
const SCRIPT: readonly Line[] = [
  ['put', 'a', '1'],
  ['put', 'a', '2', '--prev-kv'],
  ['put', 'b', '1'],
  ['put', 'b/1', 'x'],
  ['put', 'b/2', 'y'],
  ['put', 'c', ''],
  ['put', 'c', '--ignore-value'],
  ['put', 'nobody', '--ignore-value'],
  ['put', 'nobody', 'v', '--ignore-lease'],
  ['put', 'a', 'v', '--lease=1234'],
  ['put', '', 'v'],
  ['get', 'a'],
  ['get', 'a', '-w', 'json'],
  ['get', 'a', '-w', 'fields'],
  ['get', 'a', '--hex'],
  ['get', 'a', '--print-value-only'],
  ['get', 'b', '--prefix'],
  ['get', 'b', '--prefix', '--keys-only'],
  ['get', 'b', '--prefix', '--count-only', '-w', 'fields'],
  ['get', 'b', '--prefix', '--limit=2', '-w', 'json'],
  ['get', 'a', 'c'],
  ['get', 'b/1', '--from-key'],
  ['get', '', '--prefix'],
  ['get', '', '--from-key', '--order=DESCEND', '--sort-by=KEY'],
  ['get', '', '--prefix', '--order=DESCEND', '--sort-by=VERSION'],
  ['get', '', '--prefix', '--sort-by=CREATE'],
  ['get', '', '--prefix', '--sort-by=MODIFY', '--order=ASCEND'],
  ['get', '', '--prefix', '--sort-by=VALUE'],
  ['get', 'a', '--rev=2'],
  ['get', 'a', '--rev=999'],
  ['get', 'a', '--consistency=s'],
  ['get', 'nothing', '-w', 'json'],
  ['del', 'b/1', '--prev-kv'],
  ['del', 'nothing'],
  ['del', 'b', '--prefix', '-w', 'json'],
  ['del', 'x', 'z'],
  { args: ['txn'], input: 'mod("a") > "0"\nvalue("a") = "2"\n\nput a 3\nget a\n\nget c\n\n' },
  { args: ['txn', '-w', 'json'], input: 'create("a") = "0"\n\nput a 9\n\nget a\ndel c --prev-kv\nget c\n\n' },
  { args: ['txn'], input: 'version("none") = "0"\n\nput d 1\nput d 2\n\n\n' },
  ['lease', 'list'],
  ['lease', 'revoke', '1234'],
  ['lease', 'timetolive', '1234'],
  ['lease', 'keep-alive', '--once', '1234'],
  ['lease', 'grant', '99999999999'],
  ['compaction', '4'],
  ['compaction', '4'],
  ['compaction', '9999'],
  ['get', 'a', '--rev=3'],
  ['get', 'a', '--rev=4'],
  ['endpoint', 'health'],
  ['alarm', 'list'],
  ['alarm', 'disarm'],
  ['defrag'],
  ['member', 'remove', '123456'],
  ['member', 'promote', '123456'],
  ['member', 'update', '123456', '--peer-urls=http://127.0.0.1:1'],
  ['member', 'add', 'x', '--peer-urls=nonsense'],
  ['move-leader', 'fedcba'],
  ['user', 'list'],
  ['user', 'get', 'nobody'],
  ['user', 'delete', 'nobody'],
  ['role', 'list'],
  ['role', 'get', 'nobody'],
  ['auth', 'enable'],
  ['auth', 'disable'],
];

/** Where the servers differ, and why that is meant to be. */
const DIFFERENCES: readonly { readonly args: readonly string[]; readonly ours: string; readonly why: string }[] = [
  {
    args: ['compaction', '1'],
    ours: 'Error: etcdserver: mvcc: required revision has been compacted',
    why: 'nothing is older than the first revision: etcd takes that as a compaction once, ours as one that was',
  },
  {
    args: ['user', 'add', 'ada:secret'],
    ours: 'Error: rpc error: code = Unimplemented desc = etcdserver: users and roles are not kept here',
    why: "who may do what is said in Portolan's access",
  },
  {
    args: ['role', 'add', 'admin'],
    ours: 'Error: rpc error: code = Unimplemented desc = etcdserver: users and roles are not kept here',
    why: 'the same',
  },
];

const masked = (text: string): string =>
  text
    .replaceAll(/127\.0\.0\.1:\d+/g, '<endpoint>')
    .replaceAll(/"(cluster_id|member_id|raft_term)":\d+/g, '"$1":0')
    .replaceAll(/"(ClusterID|MemberID|RaftTerm)" : \d+/g, '"$1" : 0')
    .replaceAll(/took = [\d.µnm]+s/g, 'took');

describeWithPeers(['etcd', 'etcdctl'], 'etcdctl on a real etcd and on ours', () => {
  let both: Both;
  beforeAll(async () => {
    both = await startBoth();
  });
  afterAll(() => both[Symbol.asyncDispose]());

  it.each(DIFFERENCES)('differs in $args: $why', async ({ args, ours }) => {
    const [real, told] = await Promise.all([etcdctl(both.real.port, args), etcdctl(both.ours.port, args)]);
    expect(told.error).toBe(ours);
    expect(real.error).not.toBe(ours);
  });

  it('prints the same, command by command', async () => {
    const different: string[] = [];
    // Users that the real one was given above are not ours.
    await etcdctl(both.real.port, ['user', 'delete', 'ada']);
    await etcdctl(both.real.port, ['role', 'delete', 'admin']);
    for (const line of SCRIPT) {
      const { args, input } = 'args' in line ? line : { args: line, input: undefined };
      const [real, ours] = await Promise.all([
        etcdctl(both.real.port, args, input),
        etcdctl(both.ours.port, args, input),
      ]);
      const command = args.join(' ');
      const told = (result: typeof real): string => masked(`${result.code}\n${result.stdout}${result.error}`);
      if (told(real) !== told(ours)) {
        different.push(`${command}\n--- etcd\n${told(real)}\n--- ours\n${told(ours)}`);
      }
    }
    expect(different.join('\n\n')).toBe('');
  });
});
