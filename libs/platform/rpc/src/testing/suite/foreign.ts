import { compressionAlgorithms, Metadata, status } from '@grpc/grpc-js';
import { HealthCheckRequest, HealthCheckResponse, HealthCheckResponse_ServingStatus } from '@portolan/contracts/health';
import { implement, type Implementation } from '../../service.ts';
import type { RpcLimits } from '../../limits.ts';
import { ForeignClient } from '../foreign-client.ts';
import type { Loopback, OpenLoopback } from '../harness.ts';
import { interop, InteropService } from '../interop-service.ts';

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = HealthCheckResponse_ServingStatus;
const { unaryCall, streamingInputCall, streamingOutputCall, fullDuplexCall } = InteropService;
const MESSAGE_BYTES_MAX = 1_000;
/** More than a connection takes at once by default (1,024), so that some wait. */
const MANY_CALLS = 2_000;
const MANY_MESSAGES = 1_000;

interface Served {
  readonly handlers?: Partial<Implementation<typeof InteropService>>;
  readonly limits?: Partial<RpcLimits>;
}

const serve = (loopback: OpenLoopback, { handlers, limits }: Served = {}): Promise<Loopback> =>
  loopback({
    server: {
      services: [implement(InteropService, { ...interop, ...handlers })],
      ...(limits !== undefined && { limits }),
    },
  });

/** Messages that differ in content and length, one of them empty. */
const numbered = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => Buffer.from(`${index} `.repeat(index % 7)));

/** What clients of other making ask of a server, beyond the cases of gRPC's own interoperability tests. */
export function describeForeign(loopback: OpenLoopback): void {
  describe('a client of other making', () => {
    describeCompression(loopback);
    describeSizes(loopback);
    describeMany(loopback);
    describeProbes(loopback);
  });
}

function describeCompression(loopback: OpenLoopback): void {
  it.each(['gzip', 'identity'] as const)('may compress by %s', async (name) => {
    await using house = await serve(loopback);
    const algorithm = compressionAlgorithms[name];
    using client = new ForeignClient(house.address, { 'grpc.default_compression_algorithm': algorithm });
    const text = Buffer.from('lorem ipsum '.repeat(10_000));
    const outcome = await client.unary(unaryCall.path, text);
    expect([outcome.code, outcome.answer?.equals(text)]).toEqual([status.OK, true]);
  });

  it('may compress each message of a stream', async () => {
    await using house = await serve(loopback);
    using client = new ForeignClient(house.address, {
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    });
    const messages = numbered(100);
    const { call, outcome } = client.bidi(fullDuplexCall.path);
    for (const message of messages) call.write(message);
    call.end();
    expect(await Array.fromAsync(call)).toEqual(messages);
    expect((await outcome).code).toBe(status.OK);
  });
}

function describeSizes(loopback: OpenLoopback): void {
  const unlimited = { 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 };
  const limits = { messageBytes: MESSAGE_BYTES_MAX };

  it('may send a message of exactly the limit, and no byte more', async () => {
    await using house = await serve(loopback, { limits });
    using client = new ForeignClient(house.address, unlimited);
    expect(await client.unary(unaryCall.path, Buffer.alloc(MESSAGE_BYTES_MAX))).toMatchObject({ code: status.OK });
    expect(await client.unary(unaryCall.path, Buffer.alloc(MESSAGE_BYTES_MAX + 1))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
    const { call, outcome } = client.clientStream(streamingInputCall.path);
    call.write(Buffer.alloc(MESSAGE_BYTES_MAX / 2));
    call.write(Buffer.alloc(MESSAGE_BYTES_MAX + 1));
    call.end();
    expect(await outcome).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });

  it('gets no answer that is larger than the limit', async () => {
    await using house = await serve(loopback, {
      limits,
      handlers: {
        unaryCall: async () => Buffer.alloc(MESSAGE_BYTES_MAX + 1),
        async *streamingOutputCall() {
          yield Buffer.alloc(MESSAGE_BYTES_MAX);
          yield Buffer.alloc(MESSAGE_BYTES_MAX + 1);
        },
      },
    });
    using client = new ForeignClient(house.address, unlimited);
    const expected = { code: status.RESOURCE_EXHAUSTED };
    expect(await client.unary(unaryCall.path, Buffer.alloc(0))).toMatchObject(expected);
    const { call, outcome } = client.serverStream(streamingOutputCall.path, Buffer.alloc(0));
    const lengths: number[] = [];
    call.on('data', ({ length }: Buffer) => lengths.push(length));
    expect(await outcome).toMatchObject(expected);
    expect(lengths).toEqual([MESSAGE_BYTES_MAX]);
  });

  it('gets messages that are larger than a window of HTTP/2, whole and in order', async () => {
    const sizes = [1_000_000, 0, 3_000_000, 65_535, 1];
    await using house = await serve(loopback, {
      handlers: {
        async *streamingOutputCall() {
          for (const [index, size] of sizes.entries()) yield Buffer.alloc(size, index + 1);
        },
      },
    });
    using client = new ForeignClient(house.address);
    const { call } = client.serverStream(streamingOutputCall.path, Buffer.alloc(0));
    const answers: unknown[] = await Array.fromAsync(call);
    const expected = sizes.map((size, index) => Buffer.alloc(size, index + 1));
    expect(answers.map((answer, index) => Buffer.isBuffer(answer) && expected[index]?.equals(answer))).toEqual(
      sizes.map(() => true),
    );
  });
}

function describeMany(loopback: OpenLoopback): void {
  it(`may have ${MANY_CALLS} calls at once on one connection, and each gets its own answer`, async () => {
    const peers = new Set<string>();
    await using house = await serve(loopback, {
      handlers: {
        unaryCall: async (request, { peer }) => {
          peers.add(peer);
          await new Promise((resolve) => setImmediate(resolve));
          return request;
        },
      },
    });
    using client = new ForeignClient(house.address);
    const texts = Array.from({ length: MANY_CALLS }, (_, index) => `call ${index}`);
    const outcomes = await Promise.all(texts.map((text) => client.unary(unaryCall.path, Buffer.from(text))));
    expect(outcomes.map(({ answer }) => String(answer))).toEqual(texts);
    expect(peers.size).toBe(1);
  });

  it('may send many messages in one stream, which the handler may keep', async () => {
    let kept: readonly Buffer[] = [];
    await using house = await serve(loopback, {
      handlers: {
        streamingInputCall: async (requests) => {
          kept = await Array.fromAsync(requests);
          return Buffer.alloc(0);
        },
      },
    });
    using client = new ForeignClient(house.address);
    const messages = numbered(MANY_MESSAGES);
    const { call, outcome } = client.clientStream(streamingInputCall.path);
    for (const message of messages) call.write(message);
    call.end();
    expect((await outcome).code).toBe(status.OK);
    expect(Buffer.concat(kept).equals(Buffer.concat(messages))).toBe(true);
    expect(kept.map(({ length }) => length)).toEqual(messages.map(({ length }) => length));
  });

  it('gets many messages of one stream in order', async () => {
    const messages = numbered(MANY_MESSAGES);
    await using house = await serve(loopback, {
      handlers: {
        async *streamingOutputCall() {
          yield* messages;
        },
      },
    });
    using client = new ForeignClient(house.address);
    const { call } = client.serverStream(streamingOutputCall.path, Buffer.alloc(0));
    expect(await Array.fromAsync(call)).toEqual(messages);
  });
}

function describeProbes(loopback: OpenLoopback): void {
  const asked = (service: string): Buffer => Buffer.from(HealthCheckRequest.encode({ service }).finish());
  const said = (answer: unknown): unknown => Buffer.isBuffer(answer) && HealthCheckResponse.decode(answer).status;

  it('may probe the health of the whole and of a service', async () => {
    await using house = await serve(loopback);
    using client = new ForeignClient(house.address);
    const check = async (service: string): Promise<unknown[]> => {
      const { code, answer } = await client.unary('/grpc.health.v1.Health/Check', asked(service));
      return [code, said(answer)];
    };
    expect(await check('')).toEqual([status.OK, SERVING]);
    expect(await check('grpc.testing.TestService')).toEqual([status.OK, SERVING]);
    house.server.setServing('grpc.testing.TestService', false);
    expect(await check('grpc.testing.TestService')).toEqual([status.OK, NOT_SERVING]);
    expect(await check('nobody')).toEqual([status.NOT_FOUND, false]);
  });

  it('may watch health, also of what is not known yet', async () => {
    await using house = await serve(loopback);
    using client = new ForeignClient(house.address);
    const known = client.serverStream('/grpc.health.v1.Health/Watch', asked('grpc.testing.TestService'));
    const unknown = client.serverStream('/grpc.health.v1.Health/Watch', asked('nobody'));
    const ofKnown: AsyncIterator<unknown> = known.call[Symbol.asyncIterator]();
    const ofUnknown: AsyncIterator<unknown> = unknown.call[Symbol.asyncIterator]();
    expect(said((await ofKnown.next()).value)).toBe(SERVING);
    expect(said((await ofUnknown.next()).value)).toBe(SERVICE_UNKNOWN);
    house.server.setServing('grpc.testing.TestService', false);
    house.server.setServing('nobody', true);
    expect(said((await ofKnown.next()).value)).toBe(NOT_SERVING);
    expect(said((await ofUnknown.next()).value)).toBe(SERVING);
    known.call.cancel();
    unknown.call.cancel();
    expect([(await known.outcome).code, (await unknown.outcome).code]).toEqual([status.CANCELLED, status.CANCELLED]);
  });

  it('may not send more metadata than the limit', async () => {
    await using house = await serve(loopback, { limits: { metadataBytes: 1_000 } });
    using client = new ForeignClient(house.address);
    const metadata = new Metadata();
    metadata.set('note', 'x'.repeat(2_000));
    const outcome = await client.unary(unaryCall.path, Buffer.alloc(0), { metadata });
    expect(outcome).toMatchObject({ code: status.RESOURCE_EXHAUSTED, answer: undefined });
  });
}
