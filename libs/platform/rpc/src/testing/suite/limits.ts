import type { Say } from '../echo.ts';
import type { OpenLoopback } from '../harness.ts';

const big: Say = { text: 'x'.repeat(2_000) };
const lax = { messageBytes: 10_000, metadataBytes: 10_000 };

async function* bigOnes(): AsyncGenerator<Say> {
  yield big;
}

export function describeLimits(loopback: OpenLoopback): void {
  describe('limits', () => {
    it('a request that is too large is not accepted', async () => {
      await using house = await loopback({ server: { limits: { messageBytes: 1_000 } }, connect: { limits: lax } });
      const refused = { kind: 'exhausted', message: expect.stringContaining('1000') as unknown };
      await expect(house.client.unary(big)).rejects.toMatchObject(refused);
      await expect(house.client.clientStream(bigOnes())).rejects.toMatchObject(refused);
    });

    it('an answer that is too large is an error that says so', async () => {
      await using house = await loopback({
        handlers: { unary: async () => big },
        server: { limits: { messageBytes: 1_000 } },
      });
      await expect(house.client.unary({ text: '' })).rejects.toMatchObject({
        code: 'RPC_LIMIT_EXCEEDED',
        message: 'the response has 2000 bytes, the limit is 1000',
      });
    });

    it('metadata that is too large is refused', async () => {
      await using house = await loopback({ server: { limits: { metadataBytes: 1_000 } } });
      await expect(house.client.unary({ text: '' }, { headers: { note: 'x'.repeat(2_000) } })).rejects.toMatchObject({
        code: 'RPC_LIMIT_EXCEEDED',
        context: { limit: 'metadataBytes' },
        reachedServer: true,
      });
    });

    it('calls in flight: the next is refused, and taken on again when one ends', async () => {
      const gate = Promise.withResolvers<Say>();
      const begun = Promise.withResolvers<undefined>();
      await using house = await loopback({
        handlers: {
          unary: () => {
            begun.resolve(undefined);
            return gate.promise;
          },
        },
        server: { limits: { callsInFlight: 1 } },
      });
      const first = house.client.unary({ text: '' });
      await begun.promise;
      await expect(house.client.unary({ text: '' })).rejects.toMatchObject({
        code: 'RPC_OVERLOADED',
        kind: 'exhausted',
      });
      gate.resolve({ text: 'done' });
      await expect(first).resolves.toEqual({ text: 'done' });
      await expect(house.client.unary({ text: '' })).resolves.toEqual({ text: 'done' });
    });

    it('streams on one connection: the next waits its turn', async () => {
      const gate = Promise.withResolvers<Say>();
      let running = 0;
      let most = 0;
      await using house = await loopback({
        handlers: {
          unary: async () => {
            running += 1;
            most = Math.max(most, running);
            await gate.promise;
            running -= 1;
            return { text: 'done' };
          },
        },
        server: { limits: { concurrentStreams: 2 } },
      });
      await house.connection.ready(AbortSignal.timeout(20_000));
      const calls = Array.from({ length: 6 }, () => house.client.unary({ text: '' }));
      while (running < 2) await new Promise((resolve) => setImmediate(resolve));
      gate.resolve({ text: '' });
      await Promise.all(calls);
      expect(most).toBe(2);
    });
  });
}
