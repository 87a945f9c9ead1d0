import { eventually } from '../http1/testing/eventually.ts';
import { startAnswering } from '../testing/answering.ts';
import { AskingPool } from '../testing/asking.ts';
import { FLOODS, type Victim } from '../testing/floods.ts';
import { block, fieldsOf, get, post } from '../testing/frames.ts';
import { memoryInUse } from '../testing/memory-in-use.ts';
import { RawClient } from '../testing/raw-client.ts';

const victim: Victim = {
  whole: (stream) => get(stream, '/hello'),
  waiting: (stream) => get(stream, '/wait'),
  begun: (stream) => post(stream, '/echo'),
  large: (stream) => get(stream, '/bytes/100000000'),
  block: (...more) => block(fieldsOf('POST', '/echo', ...more)),
};
/** Of the whole process: a list of all that was asked, and what is on its way. */
const MEMORY_BYTES_MAX = 32_000_000;

/** Asks on a connection of its own until it is told to stop. @returns how many were answered; all that were asked */
async function witness(pool: AskingPool, isOver: () => boolean): Promise<number> {
  let answered = 0;
  while (!isOver()) {
    expect(await pool.ask().ended).toEqual({ kind: 'answered', status: 200, bytes: 5 });
    answered += 1;
    await new Promise(setImmediate);
  }
  return answered;
}

it.each(FLOODS)('$name: the connection is $end, and others are served the whole time', async ({ attack, end }) => {
  await using served = await startAnswering();
  using pool = new AskingPool({ port: served.port });
  using attacker = await RawClient.open(served.port);
  expect((await pool.ask().ended).kind).toBe('answered');
  let isOver = false;
  const before = end === 'cut' ? 0 : await memoryInUse();
  const watched = witness(pool, () => isOver);
  await attack(attacker, victim);
  if (end === 'cut') {
    // Who reads nothing does not see it.
    attacker.socket.resume();
    await eventually(() => served.counters.connectionErrors === 1);
    await attacker.closed;
    await eventually(() => served.counters.connectionsOpen === 1);
    const message: unknown = expect.stringMatching(/^ENHANCE_YOUR_CALM/);
    expect(served.handler.gone).toMatchObject([{ kind: 'protocol', error: { message } }]);
  } else {
    expect((await memoryInUse()) - before).toBeLessThan(MEMORY_BYTES_MAX);
    expect(served.counters).toMatchObject({ connectionErrors: 0, connectionsOpen: 2 });
  }
  isOver = true;
  expect(await watched).toBeGreaterThan(0);
  const outputs = served.handler.asked.map(({ wire }) => wire.core.output.bytes.length);
  expect(Math.max(...outputs)).toBeLessThan(2_500_000);
});
