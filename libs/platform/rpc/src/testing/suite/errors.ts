import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { EchoService } from '../echo.ts';
import type { OpenLoopback } from '../harness.ts';

class CompactedError extends PortolanError {
  readonly code = 'KV_COMPACTED';
  readonly kind: ErrorKind = 'out-of-range';
}

const compacted = new CompactedError('history before 7 is compacted', {
  fix: 'read the range again',
  context: { oldest: 7n, revision: 3 },
});

export function describeErrors(loopback: OpenLoopback): void {
  describe('errors across the wire', () => {
    it('a PortolanError arrives with its code, kind, message, fix and context', async () => {
      await using house = await loopback({ handlers: { unary: () => Promise.reject(compacted) } });
      await expect(house.client.unary({ text: '' })).rejects.toMatchObject({
        name: 'RpcError',
        code: 'KV_COMPACTED',
        kind: 'out-of-range',
        message: 'history before 7 is compacted',
        fix: 'read the range again',
        context: { oldest: '7', revision: '3' },
        reachedServer: true,
      });
    });

    it('also out of the middle of a stream, after what came before it', async () => {
      await using house = await loopback({
        handlers: {
          async *serverStream() {
            yield { text: 'one' };
            yield { text: 'two' };
            throw compacted;
          },
        },
      });
      const heard: string[] = [];
      const reading = (async () => {
        for await (const { text } of house.client.serverStream({ text: '' })) heard.push(text);
      })();
      await expect(reading).rejects.toMatchObject({ code: 'KV_COMPACTED', fix: 'read the range again' });
      expect(heard).toEqual(['one', 'two']);
    });

    it('also right behind a message, while requests are still read', async () => {
      const open = Promise.withResolvers<undefined>();
      await using house = await loopback({
        handlers: {
          async *bidi(requests) {
            const reading = requests[Symbol.asyncIterator]();
            await reading.next();
            void reading.next().catch(() => undefined);
            yield { text: 'last words' };
            throw compacted;
          },
        },
      });
      const requests = async function* (): AsyncGenerator<{ text: string }, void> {
        yield { text: '' };
        await open.promise;
      };
      const answers = house.client.bidi(requests())[Symbol.asyncIterator]();
      expect(await answers.next()).toMatchObject({ value: { text: 'last words' } });
      await expect(answers.next()).rejects.toMatchObject({ code: 'KV_COMPACTED' });
      open.resolve(undefined);
    });

    it('passes on what a server further down said', async () => {
      await using back = await loopback({ handlers: { unary: () => Promise.reject(compacted) } });
      await using front = await loopback({ handlers: { unary: (request, call) => back.client.unary(request, call) } });
      await expect(front.client.unary({ text: '' })).rejects.toMatchObject({
        code: 'KV_COMPACTED',
        kind: 'out-of-range',
      });
    });

    it('an unexpected error is internal: logged, not told', async () => {
      await using house = await loopback({
        handlers: { unary: () => Promise.reject(new TypeError('password is hunter2')) },
      });
      const failure: unknown = await house.client.unary({ text: '' }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'RPC_INTERNAL', kind: 'internal' });
      expect(JSON.stringify([failure, String(failure)])).not.toContain('hunter2');
      const logged = house.lines.find(({ level }) => level === 'error');
      expect(logged).toMatchObject({
        err: { type: 'TypeError', message: 'password is hunter2' },
        method: '/test.Echo/Unary',
      });
      // The trace id that the caller is told is the one in the log.
      expect(failure).toMatchObject({ context: { traceId: logged?.traceId } });
    });

    it('a request that does not decode is the caller’s fault', async () => {
      await using house = await loopback();
      await expect(house.client.unary({ text: 'garbage' })).rejects.toMatchObject({
        code: 'RPC_MALFORMED_REQUEST',
        kind: 'invalid',
      });
      await expect(Array.fromAsync(house.client.serverStream({ text: 'garbage' }))).rejects.toMatchObject({
        kind: 'invalid',
      });
      async function* garbage(): AsyncGenerator<{ text: string }> {
        yield { text: 'garbage' };
      }
      await expect(house.client.clientStream(garbage())).rejects.toMatchObject({ code: 'RPC_MALFORMED_REQUEST' });
      await expect(Array.fromAsync(house.client.bidi(garbage()))).rejects.toMatchObject({
        code: 'RPC_MALFORMED_REQUEST',
      });
    });

    it('what the source of a stream throws is thrown to its reader, and the server’s call is cancelled', async () => {
      const aborted = Promise.withResolvers<unknown>();
      await using house = await loopback({
        handlers: {
          async *bidi(requests, call) {
            call.signal.addEventListener('abort', () => {
              aborted.resolve(call.signal.reason);
            });
            for await (const request of requests) yield request;
          },
        },
      });
      const broken = new RangeError('my own');
      const heard = Promise.withResolvers<string>();
      async function* source(): AsyncGenerator<{ text: string }> {
        yield { text: 'a' };
        await heard.promise;
        throw broken;
      }
      const reading = (async () => {
        for await (const { text } of house.client.bidi(source())) heard.resolve(text);
      })();
      await expect(reading).rejects.toBe(broken);
      await expect(aborted.promise).resolves.toMatchObject({ kind: 'cancelled' });
    });

    it('a method that the server does not have', async () => {
      await using house = await loopback();
      const unknown = { ...EchoService.unary, path: '/test.Echo/Unknown' };
      await expect(house.connection.unary(unknown, { text: '' })).rejects.toMatchObject({
        code: 'RPC_UNIMPLEMENTED',
        kind: 'unimplemented',
        reachedServer: true,
      });
    });

    it('any text survives, cut where it would not fit into a trailer', async () => {
      const odd = 'x'.repeat(100_000);
      const cases = ['naïve — ✓ 漢字', 'half a pair \ud800', odd, 'per%cent %E0%A4%A'];
      let next = '';
      await using house = await loopback({
        handlers: {
          unary: () => Promise.reject(new CompactedError(next, { fix: next, context: { [next]: next } })),
        },
      });
      for (next of cases) {
        const failure: unknown = await house.client.unary({ text: '' }).catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: 'KV_COMPACTED' });
        expect(String(failure).slice(0, 60)).toBe(`RpcError: ${next}`.toWellFormed().slice(0, 60));
      }
    });
  });
}
