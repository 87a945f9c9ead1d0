import { startRpcServer } from './server.ts';
import type { Say } from './testing/echo.ts';
import { loopbackOn } from './testing/harness.ts';

const loopback = loopbackOn(startRpcServer);

const big: Say = { text: 'x'.repeat(2_000) };

async function* bigOnes(): AsyncGenerator<Say> {
  yield big;
}

describe('limits of the client', () => {
  it('a request that is too large is not sent', async () => {
    await using house = await loopback({ connect: { limits: { messageBytes: 1_000 } } });
    const refused = {
      code: 'RPC_LIMIT_EXCEEDED',
      kind: 'exhausted',
      message: 'the request has 2000 bytes, the limit is 1000',
      context: { limit: 'messageBytes', max: 1_000, bytes: 2_000 },
      reachedServer: false,
    };
    await expect(house.client.unary(big)).rejects.toMatchObject(refused);
    await expect(Array.fromAsync(house.client.bidi(bigOnes()))).rejects.toMatchObject({ code: 'RPC_LIMIT_EXCEEDED' });
  });

  it('an answer that is too large is not accepted', async () => {
    await using house = await loopback({
      handlers: { unary: async () => big },
      connect: { limits: { messageBytes: 1_000 } },
    });
    await expect(house.client.unary({ text: '' })).rejects.toMatchObject({ kind: 'exhausted', reachedServer: true });
  });

  it('metadata that is too large is not sent', async () => {
    await using house = await loopback({ connect: { limits: { metadataBytes: 1_000 } } });
    await expect(house.client.unary({ text: '' }, { headers: { note: 'x'.repeat(2_000) } })).rejects.toMatchObject({
      code: 'RPC_LIMIT_EXCEEDED',
      context: { limit: 'metadataBytes' },
      reachedServer: false,
    });
  });
});
