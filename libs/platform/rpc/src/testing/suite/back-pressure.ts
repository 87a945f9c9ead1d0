import type { Say } from '../echo.ts';
import type { OpenLoopback } from '../harness.ts';

const CHUNK: Say = { text: 'x'.repeat(32_768) };
/** Both sides' stream buffers of 16 messages, the flow-control windows and the sockets; far from unbounded. */
const MESSAGES_MAX = 200;
/** Turns of the event loop in which a producer without back-pressure would make thousands. */
const TURNS = 3_000;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export function describeBackPressure(loopback: OpenLoopback): void {
  describe('back-pressure', () => {
    it('a slow reader holds the server back', async () => {
      let produced = 0;
      await using house = await loopback({
        handlers: {
          async *serverStream() {
            while (true) {
              produced += 1;
              yield CHUNK;
            }
          },
        },
      });
      let consumed = 0;
      for await (const message of house.client.serverStream({ text: '' })) {
        expect(message.text).toHaveLength(CHUNK.text.length);
        consumed += 1;
        if (consumed === 1) {
          await turns(TURNS);
          expect(produced).toBeLessThan(MESSAGES_MAX);
        }
        // Reading on lets it go on: more than ever fitted at once arrives.
        if (consumed === 2 * MESSAGES_MAX) break;
      }
      expect(consumed).toBe(2 * MESSAGES_MAX);
    });

    it('a slow server holds the sender back', async () => {
      const gate = Promise.withResolvers<undefined>();
      await using house = await loopback({
        handlers: {
          clientStream: async (requests) => {
            let count = 0;
            for await (const request of requests) {
              count += request.text === CHUNK.text ? 1 : 0;
              if (count === 1) await gate.promise;
            }
            return { text: String(count) };
          },
        },
      });
      let sent = 0;
      async function* source(): AsyncGenerator<Say> {
        for (; sent < 2 * MESSAGES_MAX; sent += 1) yield CHUNK;
      }
      const answer = house.client.clientStream(source());
      await turns(TURNS);
      expect(sent).toBeLessThan(MESSAGES_MAX);
      gate.resolve(undefined);
      await expect(answer).resolves.toEqual({ text: String(2 * MESSAGES_MAX) });
    });
  });
}
