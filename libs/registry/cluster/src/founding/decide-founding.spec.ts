import { decideFounding } from './decide-founding.ts';
import type { Introduction } from './introduction.ts';

const PEERS = ['a:2380', 'b:2380', 'c:2380'] as const;

const process = (peerAddress: string, nonce: bigint, more: Partial<Introduction> = {}): Introduction => ({
  name: `registry-${peerAddress.slice(0, 1)}`,
  nonce,
  peerAddress,
  peers: PEERS,
  membership: undefined,
  ...more,
});
const a = process('a:2380', 30n);
const b = process('b:2380', 10n);
const c = process('c:2380', 20n, { peers: [...PEERS].reverse() });
const all = [a, b, c];
const heardBy = (self: Introduction, heard: readonly Introduction[]): ReadonlyMap<string, Introduction | undefined> =>
  new Map(
    PEERS.filter((address) => address !== self.peerAddress).map((address) => [
      address,
      heard.find(({ peerAddress }) => peerAddress === address),
    ]),
  );

function settled(self: Introduction, heard: readonly Introduction[]): NonNullable<Introduction['membership']> {
  const decision = decideFounding(self, heardBy(self, heard));
  if (decision.kind !== 'settle') throw new Error(`waits for ${decision.missing.join(', ')}`);
  return decision.membership;
}

/** What `attempt` throws. */
function failure(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
}

describe('processes that are to found a cluster', () => {
  it('come to the same one, each under an id of its own', () => {
    const memberships = all.map((self) => settled(self, all));
    expect(new Set(memberships.map(({ clusterId }) => clusterId)).size).toBe(1);
    expect(memberships.map(({ memberId }) => memberId)).toEqual([30n, 10n, 20n]);
    for (const { founders } of memberships) expect(founders.map(({ id }) => id)).toEqual([10n, 20n, 30n]);
  });

  it('found another one with other folders', () => {
    const again = all.map((one) => ({ ...one, nonce: one.nonce + 1n }));
    expect(settled(again[0] ?? a, again).clusterId).not.toBe(settled(a, all).clusterId);
  });

  it('wait until all are there', () => {
    expect(decideFounding(a, heardBy(a, []))).toEqual({ kind: 'wait', missing: ['b:2380', 'c:2380'] });
    expect(decideFounding(a, heardBy(a, [c]))).toEqual({ kind: 'wait', missing: ['b:2380'] });
  });

  it('follow one that has founded it with them, whoever else is away', () => {
    const founded = { ...b, membership: settled(b, all) };
    expect(settled(a, [founded])).toEqual({ ...founded.membership, memberId: 30n });
  });

  it('are refused by a cluster that was founded without their data, and told what to do', () => {
    const founded = { ...b, membership: settled(b, all) };
    expect(failure(() => settled({ ...a, nonce: 31n }, [founded, c]))).toMatchObject({
      code: 'CLUSTER_MEMBER_FORGOTTEN',
      fix: expect.stringContaining('portolan member remove 1e, then start this one with --join') as unknown,
    });
    const stranger = process('d:2380', 31n, { peers: ['d:2380', 'b:2380'] });
    expect(failure(() => decideFounding(stranger, new Map([['b:2380', founded]])))).toMatchObject({
      fix: 'start this one with --join instead of --peers',
    });
  });

  it.each([
    ['another list', { ...b, peers: ['a:2380', 'b:2380'] }, /its --peers are a:2380, b:2380, here they are/],
    ['another address', { ...b, peerAddress: 'b:2381' }, /it says to be reached at b:2381/],
    ['the data of this one', { ...b, nonce: a.nonce }, /it is this one itself/],
  ])('are refused by one with %s', (_what, other, message) => {
    expect(() =>
      decideFounding(
        a,
        new Map([
          ['b:2380', other],
          ['c:2380', c],
        ]),
      ),
    ).toThrow(message);
  });
});
