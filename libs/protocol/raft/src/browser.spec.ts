import vm from 'node:vm';
import { bundled } from './testing/bundle.ts';

/** Run where there is nothing but the language: no global of Node's or of a browser's. */
const ELECTION = `
  const lines = [];
  const ids = [1n, 2n, 3n].map(core.memberId);
  const snapshot = { index: core.NO_INDEX, term: core.NO_TERM, configuration: core.firstConfiguration(ids) };
  const hardState = { term: core.NO_TERM, vote: undefined, committed: core.NO_INDEX };
  const rng = { below: () => 0, float: () => 0 };
  const members = new Map(ids.map((id) =>
    [id, new core.Raft({ id, start: 1, rng, hardState, snapshot, entries: [] })]));
  const run = () => {
    for (let busy = true; busy; ) {
      busy = false;
      for (const [id, raft] of members) {
        for (let ready = raft.ready(); ready !== undefined; ready = raft.ready()) {
          busy = true;
          raft.advance(ready);
          for (const message of ready.messages) members.get(message.to).step(message);
          for (const entry of ready.committed) if (entry.kind === 'command') lines.push(id + ' ' + entry.data);
        }
      }
    }
  };
  members.get(ids[0]).campaign();
  run();
  members.get(ids[2]).propose(1, Uint8Array.of(7));
  run();
  lines.join('\\n');
`;

describe('the core in a browser', () => {
  it('is a bundle without a module or global of Node', async () => {
    const code = await bundled('iife');
    expect(code.length).toBeGreaterThan(10_000);
    expect(code).not.toMatch(/\bnode:|\brequire\(|\bBuffer\b|\bprocess\b|\bglobalThis\b|\bsetTimeout\b|\bDate\b/);
  });

  it('elects a leader and applies what a follower proposes where there is nothing but the language', async () => {
    const context = vm.createContext({});
    vm.runInContext(await bundled('iife'), context);
    const applied: unknown = vm.runInContext(ELECTION, context);
    expect(String(applied).split('\n')).toEqual(expect.arrayContaining(['1 7', '2 7', '3 7']));
  });
});
