import { once } from 'node:events';
import { constants } from 'node:http2';
import { connect } from 'node:net';
import { implement, type Implementation } from '../../service.ts';
import { answerOf, framed, HandMadeConnection } from '../hand-made-request.ts';
import type { Loopback, OpenLoopback } from '../harness.ts';
import { interop, InteropService } from '../interop-service.ts';
import { watchedCall } from '../watched-call.ts';

const { emptyCall, unaryCall, streamingInputCall } = InteropService;
const hi = framed(Buffer.from('hi'));

const serve = (
  loopback: OpenLoopback,
  handlers: Partial<Implementation<typeof InteropService>> = {},
): Promise<Loopback> => loopback({ server: { services: [implement(InteropService, { ...interop, ...handlers })] } });

/** How either side leaves, and how the other notices. */
export function describeLeaving(loopback: OpenLoopback): void {
  describe('leaving', () => {
    it.each(['a reset', 'the end of the connection'])('%s cancels a call', async (how) => {
      const { begun, ended, watch } = watchedCall();
      await using house = await serve(loopback, {
        emptyCall: (_request, call) => {
          watch(call);
          return new Promise(() => undefined);
        },
      });
      using connection = await HandMadeConnection.open(house.address);
      const stream = connection.begin({ path: emptyCall.path });
      stream.on('error', () => undefined);
      stream.end(hi);
      await begun;
      if (how === 'a reset') stream.close(constants.NGHTTP2_CANCEL);
      else connection.session.destroy();
      await expect(ended).resolves.toMatchObject({ kind: 'cancelled' });
    });

    it('a reset ends a stream of requests with an error, not as if all had been said', async () => {
      const heard = Promise.withResolvers<undefined>();
      const outcome = Promise.withResolvers<unknown>();
      await using house = await serve(loopback, {
        streamingInputCall: async (requests) => {
          try {
            for await (const { length } of requests) if (length > 0) heard.resolve(undefined);
            outcome.resolve('all was said');
          } catch (error) {
            outcome.resolve(error);
          }
          return Buffer.alloc(0);
        },
      });
      using connection = await HandMadeConnection.open(house.address);
      const stream = connection.begin({ path: streamingInputCall.path });
      stream.on('error', () => undefined);
      stream.write(hi);
      await heard.promise;
      stream.close(constants.NGHTTP2_CANCEL);
      await expect(outcome.promise).resolves.toMatchObject({ code: 'RPC_CANCELLED' });
    });

    it('a server that drains says GOAWAY, finishes what is in flight, and closes', async () => {
      const gate = Promise.withResolvers<undefined>();
      const { begun, watch } = watchedCall();
      await using house = await serve(loopback, {
        unaryCall: async (request, call) => {
          watch(call);
          await gate.promise;
          return request;
        },
      });
      using connection = await HandMadeConnection.open(house.address);
      using idle = await HandMadeConnection.open(house.address);
      const told = new Promise((resolve) => connection.session.once('goaway', resolve));
      const closed = [connection, idle].map(
        ({ session }) => new Promise<void>((resolve) => session.once('close', resolve)),
      );
      const stream = connection.begin({ path: unaryCall.path });
      const answer = answerOf(stream);
      stream.end(hi);
      await begun;
      const drained = house.server.drain();
      expect(await told).toBe(constants.NGHTTP2_NO_ERROR);
      gate.resolve(undefined);
      expect(await answer).toMatchObject({ grpcStatus: 0, body: hi });
      await Promise.all([drained, ...closed]);
    });

    it('a ping is answered, also in the middle of a call', async () => {
      const { begun, watch } = watchedCall();
      await using house = await serve(loopback, {
        emptyCall: (_request, call) => {
          watch(call);
          return new Promise(() => undefined);
        },
      });
      using connection = await HandMadeConnection.open(house.address);
      const stream = connection.begin({ path: emptyCall.path });
      stream.on('error', () => undefined);
      stream.end(hi);
      await begun;
      const payload = Buffer.from('portolan');
      const answered = await new Promise((resolve, reject) => {
        connection.session.ping(payload, (error, _duration, returned) => {
          if (error === null) resolve(returned);
          else reject(error);
        });
      });
      expect(answered).toEqual(payload);
      stream.close(constants.NGHTTP2_CANCEL);
    });

    it('a peer that does not answer pings is cut', async () => {
      await using house = await loopback({ server: { keepalive: { intervalMs: 20, timeoutMs: 20 } } });
      const [host, port] = house.address.split(':');
      const socket = connect(Number(port), host);
      // The preface and an empty SETTINGS; from here on it only listens.
      socket.write(
        Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]),
      );
      socket.on('error', () => undefined);
      socket.resume();
      await once(socket, 'close');
      expect(socket.bytesRead).toBeGreaterThan(0);
      // By default it would take longer than that.
    }, 10_000);
  });
}
