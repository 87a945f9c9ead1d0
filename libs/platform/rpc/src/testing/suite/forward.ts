import { PortolanError, type ErrorKind, type Principal } from '@portolan/kernel';
import { forward } from '../../forward.ts';
import { EchoService } from '../echo.ts';
import type { LoopbackOptions, OpenLoopback } from '../harness.ts';

class Refusal extends PortolanError {
  readonly code = 'TEST_REFUSED';
  readonly kind: ErrorKind = 'conflict';
}

/** front → back, where the front knows nothing of the messages. */
async function forwarded(loopback: OpenLoopback, handlers: LoopbackOptions['handlers'] = {}) {
  const stack = new AsyncDisposableStack();
  const back = stack.use(await loopback({ handlers }));
  const front = stack.use(await loopback({ server: { services: [forward(EchoService, back.connection)] } }));
  return { client: front.client, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function* words(...texts: readonly string[]) {
  for (const text of texts) yield { text };
}

export function describeForward(loopback: OpenLoopback): void {
  describe('a forwarded service', () => {
    it('answers each kind of method as the one behind it does', async () => {
      await using hop = await forwarded(loopback);
      expect(await hop.client.unary({ text: 'a' })).toEqual({ text: 'a' });
      expect(await Array.fromAsync(hop.client.serverStream({ text: 'a b' }))).toEqual([{ text: 'a' }, { text: 'b' }]);
      expect(await hop.client.clientStream(words('a', 'b'))).toEqual({ text: 'a b' });
      expect(await Array.fromAsync(hop.client.bidi(words('a', 'b')))).toEqual([{ text: 'a!' }, { text: 'b!' }]);
    });

    it('passes on who asks, and until when', async () => {
      let seen: { readonly principal: Principal; readonly deadline: unknown } | undefined;
      await using hop = await forwarded(loopback, {
        unary: async (request, { principal, deadline }) => {
          seen = { principal, deadline };
          return request;
        },
      });
      await hop.client.unary({ text: '' }, { principal: { kind: 'operator', name: 'ada' }, timeoutMs: 5_000 });
      expect(seen?.principal).toEqual({ kind: 'operator', name: 'ada' });
      expect(seen?.deadline).toBeGreaterThan(0);
    });

    it('passes on refusals with all they say', async () => {
      await using hop = await forwarded(loopback, {
        unary: () => Promise.reject(new Refusal('no', { fix: 'ask again' })),
      });
      await expect(hop.client.unary({ text: '' })).rejects.toMatchObject({
        code: 'TEST_REFUSED',
        kind: 'conflict',
        fix: 'ask again',
      });
    });

    it('passes on that the caller has gone', async () => {
      const gone = Promise.withResolvers<unknown>();
      const arrived = Promise.withResolvers<undefined>();
      await using hop = await forwarded(loopback, {
        unary: (_request, { signal }) =>
          new Promise((_resolve, reject) => {
            arrived.resolve(undefined);
            signal.addEventListener('abort', () => {
              gone.resolve(undefined);
              reject(new Refusal('nobody waits', { fix: 'nothing' }));
            });
          }),
      });
      const abort = new AbortController();
      const call = hop.client.unary({ text: '' }, { signal: abort.signal });
      await arrived.promise;
      abort.abort();
      await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
      expect(await gone.promise).toBeUndefined();
    });
  });
}
