import { VirtualClock } from '@portolan/virtual-world';
import { TimeLimit } from './time-limit.ts';

const late = (): Error => new Error('late');
const never = new Promise<string>(() => undefined);

describe('a time limit', () => {
  it('gives up what takes longer, each after its own time, and nothing else', async () => {
    const clock = new VirtualClock();
    const limit = new TimeLimit(clock, 1_000, late);
    const told: string[] = [];
    const note = (name: string, work: Promise<string>): void => {
      limit.within(work).then(
        (result) => told.push(`${name} ${result}`),
        (error: unknown) => told.push(`${name} ${String(error)}`),
      );
    };
    note('first', never);
    const second = Promise.withResolvers<string>();
    await clock.advance(400);
    note('second', second.promise);
    note('third', never);
    await clock.advance(599);
    expect(told).toEqual([]);
    await clock.advance(2);
    expect(told).toEqual(['first Error: late']);
    second.resolve('done');
    await clock.advance(398);
    expect(told).toEqual(['first Error: late', 'second done']);
    await clock.advance(2);
    expect(told).toEqual(['first Error: late', 'second done', 'third Error: late']);
    note('fourth', Promise.reject(new Error('refused')));
    note('fifth', never);
    await clock.advance(1_001);
    expect(told.slice(3)).toEqual(['fourth Error: refused', 'fifth Error: late']);
  });
});
