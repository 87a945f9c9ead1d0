import { PortolanError, type ErrorKind } from '@portolan/kernel';
import type { Say } from '../echo.ts';
import type { OpenLoopback } from '../harness.ts';

async function* says(...texts: readonly string[]): AsyncGenerator<Say> {
  for (const text of texts) yield { text };
}

const texts = async (answers: AsyncIterable<Say>): Promise<string[]> =>
  (await Array.fromAsync(answers)).map(({ text }) => text);

export function describeCalls(loopback: OpenLoopback): void {
  describe('every kind of call, over a real connection', () => {
    it('unary', async () => {
      await using house = await loopback();
      await expect(house.client.unary({ text: 'hello' })).resolves.toEqual({ text: 'hello' });
      await expect(house.client.unary({ text: '' })).resolves.toEqual({ text: '' });
    });

    it('server stream', async () => {
      await using house = await loopback();
      await expect(texts(house.client.serverStream({ text: 'a b c' }))).resolves.toEqual(['a', 'b', 'c']);
    });

    it('client stream', async () => {
      await using house = await loopback();
      await expect(house.client.clientStream(says('a', 'b'))).resolves.toEqual({ text: 'a b' });
      await expect(house.client.clientStream(says())).resolves.toEqual({ text: '' });
    });

    it('both', async () => {
      await using house = await loopback();
      await expect(texts(house.client.bidi(says('a', 'b')))).resolves.toEqual(['a!', 'b!']);
    });

    it('a server that has heard enough ends a stream that is still being sent', async () => {
      await using house = await loopback({
        handlers: {
          async *bidi(requests): AsyncGenerator<Say> {
            for await (const { text } of requests) {
              yield { text };
              break;
            }
            yield { text: 'enough' };
          },
        },
      });
      const released = Promise.withResolvers<string>();
      async function* endless(): AsyncGenerator<Say> {
        try {
          while (true) yield { text: 'more' };
        } finally {
          released.resolve('released');
        }
      }
      await expect(texts(house.client.bidi(endless()))).resolves.toEqual(['more', 'enough']);
      await expect(released.promise).resolves.toBe('released');
    });

    it('leaving a stream early cancels it on the server', async () => {
      const cancelled = Promise.withResolvers<unknown>();
      await using house = await loopback({
        handlers: {
          async *serverStream(_request, call): AsyncGenerator<Say> {
            call.signal.addEventListener('abort', () => {
              cancelled.resolve(call.signal.reason);
            });
            while (true) yield { text: 'tick' };
          },
        },
      });
      for await (const { text } of house.client.serverStream({ text: '' })) {
        expect(text).toBe('tick');
        break;
      }
      await expect(cancelled.promise).resolves.toMatchObject({ kind: 'cancelled' satisfies ErrorKind });
      expect(await cancelled.promise).toBeInstanceOf(PortolanError);
    });
  });
}
