import { bringSnapshot } from './testing/bring-snapshot.ts';

it('an empty learner is brought 160 MiB over a connection that breaks twice, and no heartbeat is late for it', async () => {
  const { sentMib, ...brought } = await bringSnapshot(160);
  expect(brought).toEqual({ isSame: true, refusals: [], leader: { role: 'leader', terms: 0 } });
  // What was under way when it broke was sent twice, and no more.
  expect(sentMib).toBeLessThan(160 + 40);
}, 900_000);
