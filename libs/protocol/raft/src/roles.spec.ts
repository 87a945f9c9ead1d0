import { NO_MEMBERS, firstConfiguration } from './configuration.ts';
import { logIndex, memberId, NO_INDEX, NO_TERM } from './ids.ts';
import { Raft } from './raft.ts';

it('names the first members in the first entry, so that who joins learns them, and its snapshots carry them (§7)', () => {
  const [first, joiner] = [memberId(1n), memberId(2n)];
  const hardState = { term: NO_TERM, vote: undefined, committed: NO_INDEX };
  const start = { start: 1, rng: { below: () => 0, float: () => 0 }, hardState, entries: [] };
  const base = { index: NO_INDEX, term: NO_TERM };
  const members = new Map([
    [first, new Raft({ ...start, id: first, snapshot: { ...base, configuration: firstConfiguration([first]) } })],
    [joiner, new Raft({ ...start, id: joiner, snapshot: { ...base, configuration: NO_MEMBERS } })],
  ]);
  const work = (): void => {
    for (let isBusy = true; isBusy;) {
      isBusy = false;
      for (const raft of members.values()) {
        for (let ready = raft.ready(); ready !== undefined; ready = raft.ready()) {
          isBusy = true;
          raft.advance(ready);
          for (const message of ready.messages) members.get(message.to)?.step(message);
        }
      }
    }
  };
  members.get(first)?.campaign();
  work();
  members.get(first)?.proposeChange([{ kind: 'add-learner', member: joiner }], new Uint8Array(0));
  work();
  expect(members.get(joiner)?.snapshotAt(logIndex(1)).configuration.voters).toEqual([first]);
  expect(members.get(joiner)?.snapshotAt(logIndex(2)).configuration.learners).toEqual([joiner]);
});
