import { countedWrites } from './testing/counted-writes.ts';
import { describeWithEtcd } from './testing/describe-with-etcd.ts';
import { opened } from './testing/opened.ts';

const GUARD_MS = 120_000;
const MEMBERS = 3;

describeWithEtcd(
  'a store on three members',
  (running) => {
    it(
      'goes on when the one that leads is killed: every write is done once, and the watch has each once',
      async () => {
        for (let round = 0; round < MEMBERS; round += 1) {
          await using store = await opened(running().endpoints);
          // Asking each member alone says which of them leads.
          const leader = await leaderOf(running().endpoints);
          const session = BigInt(round + 1);
          const writes = countedWrites(store, { session, puts: 200, disturb: () => running().kill(leader) });
          await expect(writes).resolves.toBeUndefined();
          await running().restart(leader);
        }
      },
      GUARD_MS,
    );
  },
  { members: MEMBERS },
);

async function leaderOf(endpoints: readonly string[]): Promise<number> {
  for (const [index, endpoint] of endpoints.entries()) {
    await using member = await opened([endpoint]);
    const { memberId, leaderId } = await member.status();
    if (memberId === leaderId) return index;
  }
  throw new Error('three members that run have a leader');
}
