import type { Member } from '@portolan/contracts/cluster';
import { reportOf, tableOf } from './cluster-report.ts';

const member = (id: bigint, name: string, more: Partial<Member> = {}): Member => ({
  id,
  name,
  peerAddresses: [`10.0.0.${id}:2380`],
  clientAddresses: [`10.0.0.${id}:8502`],
  etcdUrls: [],
  isLearner: false,
  ...more,
});
const MEMBERS = [member(1n, 'a'), member(2n, 'b'), member(0x1fn, '', { isLearner: true, clientAddresses: [] })];
const LEADER = {
  clusterId: 9n,
  memberId: 2n,
  leaderId: 2n,
  term: 3n,
  committedIndex: 120n,
  appliedIndex: 120n,
  ageMs: 0n,
  followers: [
    { id: 1n, matchIndex: 121n, isConnected: true },
    { id: 0x1fn, matchIndex: 20n, isConnected: false },
  ],
};

it('says who leads, who votes, and how far each is', () => {
  expect(tableOf(reportOf(MEMBERS, 2n, LEADER))).toBe(
    [
      '  ID  NAME               ROLE     PEERS AT        CLIENTS AT     BEHIND  CONNECTED',
      '  1   a                  voter    10.0.0.1:2380   10.0.0.1:8502  0       yes',
      '  2   b                  leader   10.0.0.2:2380   10.0.0.2:8502  0       yes',
      '  1f  (not started yet)  learner  10.0.0.31:2380                 100     no',
      '',
    ].join('\n'),
  );
});

it('says that it does not know, when the leader could not be asked', () => {
  expect(
    reportOf(MEMBERS, 2n, undefined).map(({ entriesBehind, isConnected }) => [entriesBehind, isConnected]),
  ).toEqual([
    [undefined, undefined],
    [0, true],
    [undefined, undefined],
  ]);
});
