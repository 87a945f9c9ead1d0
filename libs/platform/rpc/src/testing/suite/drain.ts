import { VirtualClock } from '@portolan/virtual-world';
import { connect } from '../../connection.ts';
import { createClient } from '../../client.ts';
import { EchoService, type Say } from '../echo.ts';
import type { OpenLoopback } from '../harness.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function describeDrain(loopback: OpenLoopback): void {
  describe('drain', () => {
    it('finishes what is in flight and takes on nothing new', async () => {
      const gate = Promise.withResolvers<Say>();
      const begun = Promise.withResolvers<undefined>();
      await using house = await loopback({
        handlers: {
          unary: () => {
            begun.resolve(undefined);
            return gate.promise;
          },
        },
      });
      const inFlight = house.client.unary({ text: '' });
      await begun.promise;
      const drained = house.server.drain();
      // A new connection is refused, and on the old one nothing new is begun.
      await using late = connect(house.address);
      await expect(createClient(EchoService, late).unary({ text: '' })).rejects.toMatchObject({ reachedServer: false });
      await expect(house.client.unary({ text: '' })).rejects.toMatchObject({
        kind: 'unavailable',
        reachedServer: false,
      });
      gate.resolve({ text: 'finished' });
      await expect(inFlight).resolves.toEqual({ text: 'finished' });
      await drained;
      await house.server.drain();
    });

    it('ends what outlives its deadline, and says why', async () => {
      const clock = new VirtualClock();
      const aborted = Promise.withResolvers<unknown>();
      const begun = Promise.withResolvers<undefined>();
      await using house = await loopback({
        handlers: {
          // Does not even look at its signal.
          unary: (_request, call) => {
            call.signal.addEventListener('abort', () => {
              aborted.resolve(call.signal.reason);
            });
            begun.resolve(undefined);
            return new Promise(() => undefined);
          },
        },
        server: { drainMs: 10_000, clock },
      });
      const outcome = house.client.unary({ text: '' }).catch((error: unknown) => error);
      await begun.promise;
      let isDrained = false;
      const drained = house.server.drain().then(() => {
        isDrained = true;
      });
      await clock.advance(9_999);
      expect(isDrained).toBe(false);
      await clock.advance(1);
      await expect(outcome).resolves.toMatchObject({ code: 'RPC_DRAINED', kind: 'unavailable', reachedServer: true });
      await expect(aborted.promise).resolves.toMatchObject({ code: 'RPC_DRAINED' });
      await drained;
      // The timers went with it.
      while (clock.pending > 0) await turn();
      expect(house.lines.map(({ msg }) => msg)).toContain('calls outlived the drain deadline and are ended');
    });

    it('cuts a connection whose client does not even take the answer', async () => {
      const clock = new VirtualClock();
      await using house = await loopback({
        handlers: {
          async *serverStream() {
            while (true) yield { text: 'x'.repeat(65_536) };
          },
        },
        server: { drainMs: 1_000, clock },
      });
      const reader = house.client.serverStream({ text: '' })[Symbol.asyncIterator]();
      await reader.next();
      const drained = house.server.drain();
      await clock.advance(1_000);
      await clock.advance(1_000);
      await expect(drained).resolves.toBeUndefined();
      await reader.return?.();
    });

    it('tells streams that never end by themselves', async () => {
      await using house = await loopback({
        handlers: {
          async *serverStream(_request, call) {
            yield { text: 'watching' };
            await new Promise((resolve) => {
              call.draining.addEventListener('abort', resolve);
            });
            yield { text: 'goodbye' };
          },
        },
      });
      const heard: string[] = [];
      for await (const { text } of house.client.serverStream({ text: '' })) {
        heard.push(text);
        if (text === 'watching') void house.server.drain();
      }
      expect(heard).toEqual(['watching', 'goodbye']);
      await house.server.drain();
    });

    it('refuses to listen where somebody else does', async () => {
      await using house = await loopback();
      await expect(
        loopback({ server: { bind: { host: '127.0.0.1', port: house.server.port } } }),
      ).rejects.toMatchObject({
        code: 'RPC_BIND_FAILED',
        context: { host: '127.0.0.1', port: house.server.port },
      });
    });
  });
}
