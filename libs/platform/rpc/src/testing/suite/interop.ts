import { Metadata, status } from '@grpc/grpc-js';
import { ERROR_KINDS, PortolanError, type ErrorKind } from '@portolan/kernel';
import type { CallContext } from '../../call.ts';
import { UnknownServiceError } from '../../health.ts';
import { implement, type Implementation } from '../../service.ts';
import { grpcStatusOf } from '../../status.ts';
import { ForeignClient } from '../foreign-client.ts';
import type { Loopback, OpenLoopback } from '../harness.ts';
import { interop, InteropService } from '../interop-service.ts';
import { watchedCall } from '../watched-call.ts';

const { emptyCall, unaryCall, streamingInputCall, streamingOutputCall, fullDuplexCall } = InteropService;
/** Of the four messages of a stream: asked, answered. */
const PAIRS = [
  [27_182, 31_415],
  [8, 9],
  [1_828, 2_653],
  [45_904, 58_979],
] as const;
const ASKED = PAIRS.map(([asked]) => asked);
const ANSWERED = PAIRS.map(([, answered]) => answered);
const ODD_TEXT = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n';

class RefusedError extends PortolanError {
  readonly code = 'TEST_REFUSED';
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string) {
    super(message, { fix: 'nothing' });
    this.kind = kind;
  }
}

const lengthsOf = (messages: readonly unknown[]): unknown[] =>
  messages.map((message) => (Buffer.isBuffer(message) ? message.length : message));

const served = (
  loopback: OpenLoopback,
  handlers: Partial<Implementation<typeof InteropService>> = {},
): Promise<Loopback> => loopback({ server: { services: [implement(InteropService, { ...interop, ...handlers })] } });

/**
 * The cases of grpc/doc/interop-test-descriptions.md, by a client that is not ours, sizes and texts as they stand there. What a
 * server is asked for in the fields of a request, each case has as a handler. Left out: what tests clients (compressed answers, which
 * servers may omit), authentication, load reports, and of status_code_and_message the code UNKNOWN, which no ErrorKind has.
 */
export function describeInterop(loopback: OpenLoopback): void {
  describe('interoperability', () => {
    describeMessages(loopback);
    describeEnds(loopback);
    describeBeside(loopback);
  });
}

function describeMessages(loopback: OpenLoopback): void {
  it('empty_unary', async () => {
    await using house = await served(loopback);
    using client = new ForeignClient(house.address);
    const { code, answer } = await client.unary(emptyCall.path, Buffer.alloc(0));
    expect([code, answer]).toEqual([status.OK, Buffer.alloc(0)]);
  });

  it('large_unary', async () => {
    await using house = await served(loopback, {
      unaryCall: async (request) => {
        expect(request.equals(Buffer.alloc(271_828))).toBe(true);
        return Buffer.alloc(314_159);
      },
    });
    using client = new ForeignClient(house.address);
    const { code, answer } = await client.unary(unaryCall.path, Buffer.alloc(271_828));
    expect([code, answer?.equals(Buffer.alloc(314_159))]).toEqual([status.OK, true]);
  });

  it('client_streaming', async () => {
    await using house = await served(loopback, {
      streamingInputCall: async (requests) => Buffer.from(JSON.stringify(lengthsOf(await Array.fromAsync(requests)))),
    });
    using client = new ForeignClient(house.address);
    const { call, outcome } = client.clientStream(streamingInputCall.path);
    for (const asked of ASKED) call.write(Buffer.alloc(asked));
    call.end();
    const { code, answer } = await outcome;
    expect([code, JSON.parse(String(answer))]).toEqual([status.OK, ASKED]);
  });

  it('server_streaming', async () => {
    await using house = await served(loopback, {
      async *streamingOutputCall() {
        for (const size of ANSWERED) yield Buffer.alloc(size);
      },
    });
    using client = new ForeignClient(house.address);
    const { call, outcome } = client.serverStream(streamingOutputCall.path, Buffer.alloc(0));
    expect(lengthsOf(await Array.fromAsync(call))).toEqual(ANSWERED);
    expect((await outcome).code).toBe(status.OK);
  });

  it('ping_pong', async () => {
    await using house = await served(loopback, {
      async *fullDuplexCall(requests) {
        const sizes = ANSWERED.values();
        for await (const { length } of requests) yield Buffer.alloc(sizes.next().value ?? length);
      },
    });
    using client = new ForeignClient(house.address);
    const { call, outcome } = client.bidi(fullDuplexCall.path);
    const answers: AsyncIterator<unknown> = call[Symbol.asyncIterator]();
    for (const [asked, answered] of PAIRS) {
      call.write(Buffer.alloc(asked));
      const answer = await answers.next();
      expect(lengthsOf([answer.value])).toEqual([answered]);
    }
    call.end();
    expect(await answers.next()).toMatchObject({ done: true });
    expect((await outcome).code).toBe(status.OK);
  });

  it('empty_stream', async () => {
    await using house = await served(loopback);
    using client = new ForeignClient(house.address);
    const { call, outcome } = client.bidi(fullDuplexCall.path);
    call.end();
    expect(await Array.fromAsync(call)).toEqual([]);
    expect((await outcome).code).toBe(status.OK);
  });
}

function describeEnds(loopback: OpenLoopback): void {
  it('cancel_after_begin', async () => {
    const { begun, ended, watch } = watchedCall();
    await using house = await served(loopback, {
      streamingInputCall: async (requests, call) => {
        watch(call);
        return Buffer.concat(await Array.fromAsync(requests));
      },
    });
    using client = new ForeignClient(house.address);
    const { call, outcome } = client.clientStream(streamingInputCall.path);
    await begun;
    call.cancel();
    expect((await outcome).code).toBe(status.CANCELLED);
    await expect(ended).resolves.toMatchObject({ kind: 'cancelled' });
  });

  it('cancel_after_first_response', async () => {
    const { ended, watch } = watchedCall();
    await using house = await served(loopback, {
      async *fullDuplexCall(requests, call) {
        watch(call);
        yield* requests;
      },
    });
    using client = new ForeignClient(house.address);
    const { call, outcome } = client.bidi(fullDuplexCall.path);
    call.write(Buffer.alloc(27_182));
    call.once('data', () => {
      call.cancel();
    });
    expect((await outcome).code).toBe(status.CANCELLED);
    await expect(ended).resolves.toMatchObject({ kind: 'cancelled' });
  });

  it('timeout_on_sleeping_server', async () => {
    await using house = await served(loopback, {
      // eslint-disable-next-line require-yield -- it sleeps
      async *fullDuplexCall() {
        await new Promise(() => undefined);
      },
    });
    using client = new ForeignClient(house.address);
    const { call, outcome } = client.bidi(fullDuplexCall.path, { deadline: Date.now() + 1 });
    call.write(Buffer.alloc(27_182));
    expect((await outcome).code).toBe(status.DEADLINE_EXCEEDED);
  });

  it.each(ERROR_KINDS)('status_code_and_message, of an error that is %s', async (kind) => {
    await using house = await served(loopback, {
      unaryCall: () => Promise.reject(new RefusedError(kind, 'test status message')),
      async *fullDuplexCall(requests) {
        yield* requests;
        throw new RefusedError(kind, 'test status message');
      },
    });
    using client = new ForeignClient(house.address);
    const expected = { code: grpcStatusOf(kind), details: 'test status message' };
    expect(await client.unary(unaryCall.path, Buffer.alloc(0))).toMatchObject(expected);
    const { call, outcome } = client.bidi(fullDuplexCall.path);
    call.end(Buffer.alloc(0));
    call.resume();
    expect(await outcome).toMatchObject(expected);
  });

  it('special_status_message', async () => {
    await using house = await served(loopback, {
      unaryCall: () => Promise.reject(new RefusedError('invalid', ODD_TEXT)),
    });
    using client = new ForeignClient(house.address);
    const outcome = await client.unary(unaryCall.path, Buffer.alloc(0));
    expect(outcome).toMatchObject({ code: status.INVALID_ARGUMENT, details: ODD_TEXT });
  });

  it.each([
    ['unimplemented_method', '/grpc.testing.TestService/UnimplementedCall'],
    ['unimplemented_service', '/grpc.testing.UnimplementedService/UnimplementedCall'],
  ])('%s', async (_name, path) => {
    await using house = await served(loopback);
    using client = new ForeignClient(house.address);
    expect(await client.unary(path, Buffer.alloc(0))).toMatchObject({ code: status.UNIMPLEMENTED });
    const { call, outcome } = client.bidi(path);
    call.end(Buffer.alloc(0));
    call.resume();
    expect(await outcome).toMatchObject({ code: status.UNIMPLEMENTED });
  });
}

function describeBeside(loopback: OpenLoopback): void {
  const INITIAL = 'x-grpc-test-echo-initial';
  const BINARY = 'x-grpc-test-echo-trailing-bin';
  const bytes = Buffer.from('ababab', 'hex');
  const sent = (): Metadata => {
    const metadata = new Metadata();
    metadata.set(INITIAL, 'test_initial_metadata_value');
    metadata.set(BINARY, bytes);
    return metadata;
  };

  it('custom_metadata', async () => {
    const tell = ({ metadata, setHeader, setTrailer }: CallContext): void => {
      setHeader(INITIAL, metadata(INITIAL) ?? '');
      setTrailer(BINARY, metadata(BINARY) ?? '');
    };
    await using house = await served(loopback, {
      unaryCall: async (request, call) => {
        tell(call);
        return request;
      },
      async *fullDuplexCall(requests, call) {
        tell(call);
        yield* requests;
      },
    });
    using client = new ForeignClient(house.address);
    const unary = await client.unary(unaryCall.path, Buffer.alloc(0), { metadata: sent() });
    const { call, outcome } = client.bidi(fullDuplexCall.path, { metadata: sent() });
    call.end(Buffer.alloc(0));
    call.resume();
    for (const { code, initial, trailing } of [unary, await outcome]) {
      expect(code).toBe(status.OK);
      expect(initial.get(INITIAL)).toEqual(['test_initial_metadata_value']);
      expect(trailing.get(BINARY)).toEqual([bytes]);
    }
  });

  it.each([
    ['no bytes', Buffer.alloc(0)],
    ['one byte', Buffer.alloc(1)],
    ['bytes that are no text', Buffer.from([0, 0x2c, 0xff, 0x0a])],
    ['300 bytes', Buffer.alloc(300, 0xfb)],
  ])('binary metadata of %s is told as it is, both ways', async (_what, value) => {
    await using house = await served(loopback, {
      unaryCall: async (request, { metadata, setHeader }) => {
        setHeader('answer-bin', value.toString('base64'));
        return Buffer.concat([request, Buffer.from(metadata('asked-bin') ?? '', 'base64')]);
      },
    });
    using client = new ForeignClient(house.address);
    const metadata = new Metadata();
    metadata.add('asked-bin', value);
    metadata.add('asked-bin', bytes);
    const { code, initial, answer } = await client.unary(unaryCall.path, Buffer.alloc(0), { metadata });
    expect([code, answer]).toEqual([status.OK, value]);
    expect(initial.get('answer-bin')).toEqual([value]);
  });

  it('status details go with a refusal, in whatever form a handler gives them', async () => {
    const details = Buffer.from([8, 5, 18, 2, 110, 111]);
    await using house = await served(loopback, {
      unaryCall: async (_request, { setTrailer }) => {
        setTrailer('grpc-status-details-bin', details.toString('base64'));
        throw new UnknownServiceError('no', { fix: 'ask for another' });
      },
    });
    using client = new ForeignClient(house.address);
    const { code, trailing } = await client.unary(unaryCall.path, Buffer.alloc(0));
    expect(code).toBe(status.NOT_FOUND);
    expect(trailing.get('grpc-status-details-bin')).toEqual([details]);
  });
}
