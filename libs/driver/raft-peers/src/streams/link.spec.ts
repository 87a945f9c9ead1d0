import { memberId } from '@portolan/raft';
import { VirtualClock } from '@portolan/virtual-world';
import { DEFAULT_PEERS_LIMITS } from '../limits.ts';
import { helloFrame, helloOf } from '../testing/raw-peer.ts';
import { decodeFrame } from '../wire/frame.ts';
import { Link } from './link.ts';

const ENDS = { from: memberId(1n), to: memberId(9n) };

it('what is to be told to a peer that takes nothing does not grow: of each member it is the newest', async () => {
  const link = new Link({
    owner: {
      greeted: () => ({ answer: helloOf(), ends: ENDS }),
      opened: () => undefined,
      takeMessages: () => [],
      received: () => undefined,
      heard: () => undefined,
      sent: () => undefined,
    },
    ...{ dialledBy: 'us', address: 'b:2380', expected: undefined, hello: helloOf({ from: 1n, to: 9n }) },
    ...{ limits: DEFAULT_PEERS_LIMITS, clock: new VirtualClock() },
  });
  const gone = Promise.withResolvers<undefined>();
  async function* incoming(): AsyncGenerator<Buffer, void> {
    yield helloFrame();
    await gone.promise;
  }
  const run = link.run(incoming());
  await link.outgoing.next();
  while (!link.isOpen) await new Promise(setImmediate);
  for (let version = 1; version <= 3_000; version += 1) {
    const member = memberId(BigInt(1 + (version % 3)));
    link.tell([{ member, name: 'a', version, addresses: [`a:${version}`] }]);
  }
  const { value } = await link.outgoing.next();
  const told = decodeFrame(value ?? Buffer.alloc(0), { from: ENDS.to, to: ENDS.from }).book;
  expect(told.map(({ version }) => Number(version)).sort()).toEqual([2_998, 2_999, 3_000]);
  link.close(undefined);
  gone.resolve(undefined);
  await run;
});
