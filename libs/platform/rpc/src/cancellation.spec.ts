import { epochMillis } from '@portolan/kernel';
import type { CallContext } from './call.ts';
import { startRpcServer } from './server.ts';
import { loopbackOn } from './testing/harness.ts';
import { pending } from './testing/pending.ts';

const loopback = loopbackOn(startRpcServer);

describe('a call whose caller no longer waits', () => {
  it('is not begun when it is already too late', async () => {
    await using house = await loopback();
    const late = house.client.unary({ text: '' }, { deadline: epochMillis(1) });
    await expect(late).rejects.toMatchObject({ kind: 'deadline', reachedServer: false });
    const unwanted = house.client.unary({ text: '' }, { signal: AbortSignal.abort() });
    await expect(unwanted).rejects.toMatchObject({ kind: 'cancelled', reachedServer: false });
  });

  it('says that a timed-out signal is a deadline', async () => {
    await using house = await loopback({ handlers: { unary: pending(() => undefined) } });
    const call = house.client.unary({ text: '' }, { signal: AbortSignal.timeout(20) });
    await expect(call).rejects.toMatchObject({ code: 'RPC_DEADLINE_EXCEEDED', kind: 'deadline' });
  });

  it('disposing a connection cancels what is under way on it, and it begins nothing more', async () => {
    const begun = Promise.withResolvers<CallContext>();
    await using house = await loopback({ handlers: { unary: pending(begun.resolve) } });
    const call = house.client.unary({ text: '' });
    await begun.promise;
    await Promise.all([
      expect(call).rejects.toMatchObject({ code: 'RPC_CONNECTION_CLOSED' }),
      house.connection[Symbol.asyncDispose](),
    ]);
    await expect(house.client.unary({ text: '' })).rejects.toMatchObject({ code: 'RPC_CONNECTION_CLOSED' });
    await expect(house.connection.ready(AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: 'RPC_CONNECTION_CLOSED',
    });
  });
});
