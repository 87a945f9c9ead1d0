import { memberId } from '@portolan/raft';
import { ONE_STATE, StateHashes } from './state-hashes.ts';

const [one, two] = [memberId(1n), memberId(2n)];

it('compares what members have at one index, whenever they come to it', () => {
  const hashes = new StateHashes();
  expect(hashes.compare(one, { index: 7, sha256: 'x' })).toBe(false);
  expect(hashes.compare(one, { index: 8, sha256: 'y' })).toBe(false);
  expect(hashes.compare(two, { index: 7, sha256: 'x' })).toBe(true);
  expect(() => hashes.compare(two, { index: 8, sha256: 'x' })).toThrow(ONE_STATE);
});
