import { block, FLOODS, memoryInUse, RawClient, type Victim } from '@portolan/http/testing';
import { createClient } from '@portolan/rpc';
import { connectFast } from '../client/fast-connection.ts';
import { call, fieldsOf, head } from '../testing/raw-grpc.ts';
import { served } from '../testing/served.ts';
import { SizedService } from '../testing/sized.ts';

const { bytes, weigh } = SizedService;
const victim: Victim = {
  whole: (stream) => call(stream, weigh.path, 'hello'),
  // Handlers are never done within the read that began them.
  waiting: (stream) => call(stream, weigh.path, 'hello'),
  begun: (stream) => head(stream, weigh.path),
  large: (stream) => call(stream, bytes.path, '4000000'),
  block: (...more) => block(fieldsOf(weigh.path, ...more)),
};
/** Thirty-two answers of 4 MB, one more, and what is on its way. */
const MEMORY_BYTES_MAX = 160_000_000;

it.each(FLOODS)('$name: the connection is $end, and others are served the whole time', async ({ attack, end }) => {
  await using house = await served();
  await using connection = connectFast(`127.0.0.1:${house.port}`);
  const client = createClient(SizedService, connection);
  using attacker = await RawClient.open(house.port);
  await client.weigh(Buffer.from('first'));
  let isOver = false;
  const before = end === 'cut' ? 0 : await memoryInUse();
  const witness = async (): Promise<number> => {
    let answered = 0;
    while (!isOver) {
      expect(String(await client.weigh(Buffer.from('hello')))).toBe('5');
      answered += 1;
      await new Promise(setImmediate);
    }
    return answered;
  };
  const watched = witness();
  await attack(attacker, victim);
  if (end === 'cut') {
    // Who reads nothing does not see it.
    attacker.socket.resume();
    await attacker.closed;
  } else {
    expect((await memoryInUse()) - before).toBeLessThan(MEMORY_BYTES_MAX);
    expect(attacker.socket.destroyed).toBe(false);
  }
  isOver = true;
  expect(await watched).toBeGreaterThan(0);
});
