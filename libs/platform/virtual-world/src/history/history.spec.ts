import { VirtualClock } from '../clock/virtual-clock.ts';
import { History } from './history.ts';

describe('History', () => {
  it('records what was asked, what came back, and when', async () => {
    const clock = new VirtualClock();
    const history = new History<string, number>(clock);
    const [one, two, three, four] = ['one', 'two', 'three', 'four'].map((input) => history.begin('c', input));
    await clock.advance(5);
    one?.ok(1);
    two?.fail();
    three?.unknown();
    await clock.advance(5);
    three?.happened();
    expect(history.operations.map(({ input, call, outcome }) => [input, call, outcome])).toEqual([
      ['one', { atMs: 0, sequence: 1 }, { kind: 'ok', output: 1, at: { atMs: 5, sequence: 5 } }],
      ['two', { atMs: 0, sequence: 2 }, { kind: 'failed' }],
      ['three', { atMs: 0, sequence: 3 }, { kind: 'happened', at: { atMs: 10, sequence: 6 } }],
      ['four', { atMs: 0, sequence: 4 }, { kind: 'unknown' }],
    ]);
    four?.ok(4);
    expect(() => four?.fail()).toThrow('has ended already');
  });

  it('leaves what has answered as it is when its effect is seen', () => {
    const history = new History<string, number>(new VirtualClock());
    const operation = history.begin('c', 'one');
    operation.ok(1);
    operation.happened();
    expect(history.operations[0]?.outcome).toMatchObject({ kind: 'ok', output: 1 });
  });
});
