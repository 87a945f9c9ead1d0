import { bringSnapshot } from './testing/bring-snapshot.ts';

it('an empty learner is brought 24 MiB over a connection that breaks twice, and no heartbeat is late for it', async () => {
  const { sentMib, ...brought } = await bringSnapshot(24);
  expect(brought).toEqual({ isSame: true, refusals: [], leader: { role: 'leader', terms: 0 } });
  // What was under way when it broke was sent twice, and no more.
  expect(sentMib).toBeLessThan(24 + 14);
}, 120_000);
