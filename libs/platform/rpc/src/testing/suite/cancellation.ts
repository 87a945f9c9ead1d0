import { epochMillis, type EpochMillis } from '@portolan/kernel';
import { systemClock } from '@portolan/runtime';
import type { CallContext } from '../../call.ts';
import { RpcError } from '../../rpc-error.ts';
import type { Loopback, OpenLoopback } from '../harness.ts';
import { pending } from '../pending.ts';

/** front → back: a call of the front's unary method waits for the back's, as part of the same call. */
async function twoHops(loopback: OpenLoopback): Promise<{
  readonly front: Loopback;
  readonly atFront: Promise<CallContext>;
  readonly atBack: Promise<CallContext>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}> {
  const stack = new AsyncDisposableStack();
  const atFront = Promise.withResolvers<CallContext>();
  const atBack = Promise.withResolvers<CallContext>();
  const back = stack.use(await loopback({ handlers: { unary: pending(atBack.resolve) } }));
  const front = stack.use(
    await loopback({
      handlers: {
        unary: (request, call) => {
          atFront.resolve(call);
          return back.client.unary(request, call);
        },
      },
    }),
  );
  return { front, atFront: atFront.promise, atBack: atBack.promise, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const aborted = async (call: Promise<CallContext>): Promise<unknown> => {
  const { signal } = await call;
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener('abort', () => {
      resolve(signal.reason);
    });
  });
};

export function describeCancellation(loopback: OpenLoopback): void {
  describe('one AbortSignal a call', () => {
    it('carries the caller’s cancellation through two hops', async () => {
      await using hops = await twoHops(loopback);
      const abort = new AbortController();
      const call = hops.front.client.unary({ text: '' }, { signal: abort.signal });
      await hops.atBack;
      abort.abort('changed my mind');
      await expect(call).rejects.toMatchObject({ code: 'RPC_CANCELLED', kind: 'cancelled', cause: 'changed my mind' });
      await expect(aborted(hops.atFront)).resolves.toMatchObject({ kind: 'cancelled' });
      await expect(aborted(hops.atBack)).resolves.toMatchObject({ kind: 'cancelled' });
    });

    it('carries the deadline through two hops, and it ends the call in both', async () => {
      await using hops = await twoHops(loopback);
      const deadline = epochMillis(systemClock.epoch() + 300);
      const call = hops.front.client.unary({ text: '' }, { deadline });
      call.catch(() => undefined);
      const deadlines: EpochMillis[] = [];
      for (const hop of [hops.atFront, hops.atBack]) deadlines.push((await hop).deadline ?? epochMillis(0));
      // On the wire it is a duration, so each hop adds what the message took to arrive; it never becomes a new one.
      for (const each of deadlines) expect(Math.abs(each - deadline)).toBeLessThan(300);
      await expect(call).rejects.toMatchObject({ code: 'RPC_DEADLINE_EXCEEDED', kind: 'deadline' });
      // The back hears of it from its own timer or from the front's, whichever is first.
      await expect(aborted(hops.atBack)).resolves.toBeInstanceOf(RpcError);
    });

    it('takes the earlier of deadline and timeoutMs', async () => {
      await using house = await loopback({
        handlers: { unary: async (_request, call) => ({ text: String(call.deadline) }) },
      });
      const far = epochMillis(systemClock.epoch() + 3_600_000);
      const { text } = await house.client.unary({ text: '' }, { deadline: far, timeoutMs: 60_000 });
      expect(Number(text)).toBeLessThan(far);
      await expect(house.client.unary({ text: '' })).resolves.toEqual({ text: 'undefined' });
      const never = epochMillis(systemClock.epoch() + 1_000 * 86_400_000);
      await expect(house.client.unary({ text: '' }, { deadline: never })).resolves.toEqual({ text: 'undefined' });
    });

    it('ends a stream in the middle, on both sides', async () => {
      const atServer = Promise.withResolvers<CallContext>();
      const ended = Promise.withResolvers<unknown>();
      await using house = await loopback({
        handlers: {
          async *bidi(requests, call) {
            atServer.resolve(call);
            try {
              for await (const request of requests) yield request;
              ended.resolve('the client had no more to say');
            } catch (error) {
              ended.resolve(error);
            }
          },
        },
      });
      const abort = new AbortController();
      async function* talk(): AsyncGenerator<{ text: string }> {
        yield { text: 'hello' };
        await new Promise(() => undefined);
      }
      const heard: string[] = [];
      const failure = await (async () => {
        for await (const { text } of house.client.bidi(talk(), { signal: abort.signal })) {
          heard.push(text);
          abort.abort();
        }
        return undefined;
      })().catch((error: unknown) => error);
      expect(heard).toEqual(['hello']);
      expect(failure).toBeInstanceOf(RpcError);
      expect(failure).toMatchObject({ kind: 'cancelled' });
      await expect(aborted(atServer.promise)).resolves.toMatchObject({ kind: 'cancelled' });
      await expect(ended.promise).resolves.toMatchObject({ code: 'RPC_CANCELLED' });
    });

    it('is not aborted when the call ends well', async () => {
      const atServer = Promise.withResolvers<CallContext>();
      await using house = await loopback({
        handlers: {
          unary: async (request, call) => {
            atServer.resolve(call);
            return request;
          },
        },
      });
      await house.client.unary({ text: '' });
      await house.client.unary({ text: '' });
      expect((await atServer.promise).signal.aborted).toBe(false);
    });
  });
}
