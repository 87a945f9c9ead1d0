import { constants } from 'node:http2';
import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { systemClock } from '@portolan/runtime';
import { implement, type Implementation } from '../../service.ts';
import { framed, HandMadeConnection } from '../hand-made-request.ts';
import type { Loopback, OpenLoopback } from '../harness.ts';
import { interop, InteropService } from '../interop-service.ts';
import { watchedCall } from '../watched-call.ts';

const { emptyCall, unaryCall, streamingInputCall, streamingOutputCall, fullDuplexCall } = InteropService;
const hi = framed(Buffer.from('hi'));

class RefusedError extends PortolanError {
  readonly code = 'TEST_REFUSED';
  readonly kind: ErrorKind = 'conflict';
}

const serve = (
  loopback: OpenLoopback,
  handlers: Partial<Implementation<typeof InteropService>> = {},
): Promise<Loopback> => loopback({ server: { services: [implement(InteropService, { ...interop, ...handlers })] } });

/** What a gRPC client hides: how messages and frames meet, how an answer looks, what a timeout means. */
export function describeWire(loopback: OpenLoopback): void {
  describe('on the wire', () => {
    describeFrames(loopback);
    describeAnswers(loopback);
    describeTimeouts(loopback);
  });
}

function describeFrames(loopback: OpenLoopback): void {
  const messages = ['one', '', 'three'].map((text) => framed(Buffer.from(text)));
  const whole = Buffer.concat(messages);

  it.each([
    ['each message in a frame', messages],
    ['all in one frame', [whole]],
    ['a frame for each byte', Array.from(whole, (byte) => Buffer.from([byte]))],
    ['frames that end within prefixes', [whole.subarray(0, 3), whole.subarray(3, 10), whole.subarray(10)]],
    ['an empty frame between', [messages[0] ?? hi, Buffer.alloc(0), Buffer.concat(messages.slice(1))]],
  ])('messages are found however they are framed: %s', async (_how, chunks) => {
    await using house = await serve(loopback);
    using connection = await HandMadeConnection.open(house.address);
    const { grpcStatus, body } = await connection.ask({ path: fullDuplexCall.path, chunks });
    expect([grpcStatus, body]).toEqual([0, whole]);
  });

  it('messages are found in padded frames', async () => {
    await using house = await serve(loopback);
    const paddingStrategy = constants.PADDING_STRATEGY_MAX;
    using connection = await HandMadeConnection.open(house.address, { paddingStrategy });
    const { grpcStatus, body } = await connection.ask({ path: fullDuplexCall.path, chunks: messages });
    expect([grpcStatus, body]).toEqual([0, whole]);
  });
}

function describeAnswers(loopback: OpenLoopback): void {
  it('an answer has a head, messages, and its status behind them', async () => {
    await using house = await serve(loopback);
    using connection = await HandMadeConnection.open(house.address);
    for (const { path } of [unaryCall, streamingInputCall, streamingOutputCall, fullDuplexCall]) {
      const { head, body, trailers } = await connection.ask({ path, chunks: [hi] });
      expect(head).toMatchObject({ ':status': 200 });
      expect(head['content-type']).toMatch(/^application\/grpc(\+proto)?$/);
      expect(head).not.toHaveProperty('grpc-status');
      expect(body).toEqual(hi);
      expect(trailers).toMatchObject({ 'grpc-status': '0' });
    }
  });

  it('an empty stream of answers has a status, too', async () => {
    await using house = await serve(loopback);
    using connection = await HandMadeConnection.open(house.address);
    const answer = await connection.ask({ path: fullDuplexCall.path });
    expect(answer).toMatchObject({ httpStatus: 200, grpcStatus: 0, body: Buffer.alloc(0) });
  });

  it('an error at once has one status, in the only head or in trailers', async () => {
    await using house = await serve(loopback, {
      unaryCall: () => Promise.reject(new RefusedError('no', { fix: 'do not ask' })),
    });
    using connection = await HandMadeConnection.open(house.address);
    for (const path of [unaryCall.path, '/grpc.testing.TestService/UnimplementedCall']) {
      const { head, trailers, body } = await connection.ask({ path, chunks: [hi] });
      expect(head).toMatchObject({ ':status': 200 });
      expect(head['content-type']).toMatch(/^application\/grpc/);
      expect(body).toHaveLength(0);
      expect([head, trailers].filter((fields) => fields?.['grpc-status'] !== undefined)).toHaveLength(1);
    }
  });

  it('a grpc-message is printable ASCII, percent-encoded', async () => {
    const text = 'naïve 100% — \r\n\t"漢字" 😈 %41';
    await using house = await serve(loopback, {
      unaryCall: () => Promise.reject(new RefusedError(text, { fix: 'do not ask' })),
    });
    using connection = await HandMadeConnection.open(house.address);
    const { grpcStatus, grpcMessage } = await connection.ask({ path: unaryCall.path, chunks: [hi] });
    expect(grpcStatus).toBe(10);
    expect(grpcMessage).toMatch(/^[ -~]*$/);
    expect(decodeURIComponent(grpcMessage ?? '')).toBe(text);
  });

  it('an answer that needs no more of its request is whole', async () => {
    await using house = await serve(loopback, {
      async *fullDuplexCall(requests) {
        for await (const request of requests) {
          yield request;
          break;
        }
      },
    });
    using connection = await HandMadeConnection.open(house.address);
    const answer = await connection.ask({ path: fullDuplexCall.path, chunks: [hi], open: true });
    expect(answer).toMatchObject({ grpcStatus: 0, body: hi });
  });
}

function describeTimeouts(loopback: OpenLoopback): void {
  it.each([
    ['2H', 7_200_000],
    ['90M', 5_400_000],
    ['5400S', 5_400_000],
    ['5400000m', 5_400_000],
    ['99999999u', 99_999],
  ])('a grpc-timeout of %s is %d ms', async (value, ms) => {
    await using house = await serve(loopback, {
      unaryCall: async (_request, { deadline = 0 }) => Buffer.from(String(deadline)),
    });
    using connection = await HandMadeConnection.open(house.address);
    const before = systemClock.epoch();
    const { body } = await connection.ask({
      path: unaryCall.path,
      chunks: [hi],
      head: { 'grpc-timeout': value },
    });
    const deadline = Number(body.subarray(5));
    expect(deadline).toBeGreaterThanOrEqual(before + ms);
    // Counted from its arrival, which was before this moment.
    expect(deadline).toBeLessThanOrEqual(systemClock.epoch() + ms + 1);
  });

  it('a call whose time is over is over for its handler, too', async () => {
    const { ended, watch } = watchedCall();
    await using house = await serve(loopback, {
      emptyCall: (_request, call) => {
        watch(call);
        return new Promise(() => undefined);
      },
    });
    using connection = await HandMadeConnection.open(house.address);
    const head = { 'grpc-timeout': '50m' };
    expect(await connection.ask({ path: emptyCall.path, chunks: [hi], head })).toMatchObject({ grpcStatus: 4 });
    await expect(ended).resolves.toMatchObject({ kind: 'deadline' });
  });
}
