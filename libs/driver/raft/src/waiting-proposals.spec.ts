import { logIndex, NoLeaderError, term } from '@portolan/raft';
import { UNPROPOSED_BYTES_MAX, WaitingProposals } from './waiting-proposals.ts';

const HALF = new Uint8Array(UNPROPOSED_BYTES_MAX / 2 - 512);
const nobodyLeads = (): void => {
  throw new NoLeaderError();
};
const codeOf = async (result: Promise<unknown>): Promise<unknown> =>
  result.then(
    (value) => value,
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );

describe('proposals that wait for a leader', () => {
  it('are bounded by what they cost, and leave room again when their time is over', async () => {
    const proposals = new WaitingProposals<number>();
    const first = [proposals.add(HALF, 1_000), proposals.add(HALF, 1_000)].map(codeOf);
    expect(await codeOf(proposals.add(new Uint8Array(0), 1_000))).toBe('RAFT_OVERLOADED');
    proposals.proposeAll(nobodyLeads);
    proposals.expire(1_000);
    expect(await Promise.all(first)).toEqual(['RAFT_NO_LEADER', 'RAFT_NO_LEADER']);
    const later = [proposals.add(HALF, 2_000), proposals.add(HALF, 2_000)].map(codeOf);
    const tokens: number[] = [];
    proposals.proposeAll((token) => tokens.push(token));
    for (const [offset, token] of tokens.entries()) {
      proposals.place({ kind: 'placed', token, index: logIndex(offset + 1), term: term(1) }, 0);
      proposals.applied(offset + 1, 1, { value: token });
    }
    expect(await Promise.all(later)).toEqual(tokens);
    expect(tokens).toHaveLength(2);
  });

  it('cost nothing more once a leader has them, and again when it is replaced', async () => {
    const proposals = new WaitingProposals<number>();
    const lost = codeOf(proposals.add(HALF, 1_000));
    proposals.proposeAll(() => undefined);
    proposals.place({ kind: 'refused', token: 1, reason: 'not-leader' }, 0);
    const second = codeOf(proposals.add(HALF, 1_000));
    expect(await codeOf(proposals.add(new Uint8Array(0), 1_000))).toBe('RAFT_OVERLOADED');
    proposals.stop(undefined);
    expect(await Promise.all([lost, second])).toEqual(['RAFT_MEMBER_STOPPED', 'RAFT_MEMBER_STOPPED']);
  });
});
