import { until } from '../testing/until.ts';
import { failureOf } from './testing/failures.ts';
import { Fleet, shares } from './testing/fleet.ts';

describe('a stream', () => {
  const words = async function* (...all: readonly string[]): AsyncGenerator<string> {
    yield* all;
  };

  it('begins with the first next(), and stays at one endpoint', async () => {
    await using fleet = new Fleet();
    const [a, b] = await fleet.start('a', 'b');
    const idle = fleet.client.list('x y');
    await expect(Array.fromAsync(fleet.client.list('x y'))).resolves.toEqual(['a x', 'a y']);
    await expect(Array.fromAsync(idle)).resolves.toEqual(['b x', 'b y']);
    await expect(Array.fromAsync(fleet.client.talk(words('1', '2', '3')))).resolves.toEqual(['a 1', 'a 2', 'a 3']);
    expect([a.calls, b.calls]).toEqual([['list', 'talk'], ['list']]);
  });

  it.each(['never opened', 'lost since'])(
    'goes elsewhere before it reached one whose connection was %s',
    async (which) => {
      await using fleet = new Fleet();
      const [a] = await fleet.start('a', 'b');
      if (which === 'lost since') await fleet.ask(2);
      await a.gate.close();
      await expect(Array.fromAsync(fleet.client.list('x y'))).resolves.toEqual(['b x', 'b y']);
      await expect(Array.fromAsync(fleet.client.talk(words('1', '2', '3')))).resolves.toEqual(['b 1', 'b 2', 'b 3']);
    },
  );

  it('that was answered is not begun again', async () => {
    await using fleet = new Fleet();
    const [a, b] = await fleet.start('a', 'b');
    a.talk = async function* (_requests, { signal }) {
      yield 'first';
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', reject);
      });
    };
    const stream = fleet.client.talk(words('1'), { idempotent: true });
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const answer of stream) {
        seen.push(answer);
        await a.gate.cut();
      }
    };
    await expect(failureOf(read())).resolves.toMatchObject({ kind: 'unavailable', reachedServer: true });
    expect([seen, b.calls]).toEqual([['first'], []]);
  });

  it('left early ends the call and its requests, and says nothing bad of the endpoint', async () => {
    await using fleet = new Fleet({ strategy: 'least-connections' });
    const [a, b] = await fleet.start('a', 'b');
    const ended: string[] = [];
    const endless = async function* (): AsyncGenerator<string> {
      try {
        while (true) yield 'x';
      } finally {
        ended.push('requests');
      }
    };
    for (let round = 0; round < 4; round += 1) {
      for await (const answer of fleet.client.talk(endless())) {
        expect(answer).toMatch(/^[ab] x$/);
        break;
      }
    }
    // Nothing is in flight any more, so both take turns.
    expect([a.calls.length, b.calls.length]).toEqual([2, 2]);
    await until(() => ended.length === 4);
  });

  it('passes on what its own source threw', async () => {
    await using fleet = new Fleet();
    await fleet.start('a', 'b');
    const unwell = async function* (): AsyncGenerator<string> {
      yield '1';
      throw new RangeError('unwell');
    };
    await expect(Array.fromAsync(fleet.client.talk(unwell()))).rejects.toThrow(new RangeError('unwell'));
  });

  it('listened to for long is not held to be slow', async () => {
    await using fleet = new Fleet({ strategy: 'p2c-ewma' });
    const members = await fleet.start('a', 'b');
    for (const member of members) {
      member.talk = async function* (_requests, { signal }) {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        yield 'never';
      };
    }
    const abort = new AbortController();
    const silent = failureOf(Array.fromAsync(fleet.client.talk(words('1'), { signal: abort.signal })));
    await until(() => members.some(({ calls }) => calls.length === 1));
    await fleet.clock.advance(3_600_000);
    abort.abort();
    await expect(silent).resolves.toMatchObject({ kind: 'cancelled' });
    const { a = 0, b = 0 } = shares(await fleet.ask(40));
    expect(Math.min(a, b)).toBeGreaterThan(5);
  });
});
