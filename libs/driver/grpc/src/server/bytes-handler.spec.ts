import { assert, PortolanError, type ErrorKind, type Principal } from '@portolan/kernel';
import {
  connect,
  createClient,
  implement,
  type BytesCall,
  type BytesHandler,
  type CallContext,
  type CertificateNames,
  type Client,
  type MethodDefinition,
  type RpcServerOptions,
} from '@portolan/rpc';
import { systemClock } from '@portolan/runtime';
import { createTelemetry, currentTrace, runInTrace, startTrace } from '@portolan/telemetry';
import { identityOf } from '../testing/mixed/identity.ts';
import { startFastServer } from './fast-server.ts';

const asIs = (bytes: Buffer): Buffer => bytes;
const EchoService = {
  echo: {
    path: '/test.Bytes/Echo',
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  } as MethodDefinition<Buffer, Buffer> & { requestStream: false; responseStream: false },
};

class RefusedError extends PortolanError {
  readonly code = 'TEST_REFUSED';
  readonly kind: ErrorKind = 'conflict';
}

interface House extends AsyncDisposable {
  readonly client: Client<typeof EchoService>;
  /** Calls that went to the ordinary handler. */
  readonly ordinary: () => readonly CallContext[];
}

async function open(
  answerBytes: BytesHandler,
  intercepted = false,
  { tls, identify }: Pick<RpcServerOptions, 'tls' | 'identify'> = {},
): Promise<House> {
  const stack = new AsyncDisposableStack();
  const telemetry = createTelemetry({ app: 'test', logLevel: 'silent', logFormat: 'json', clock: systemClock });
  const ordinary: CallContext[] = [];
  const echo = async (request: Buffer, call: CallContext): Promise<Buffer> => {
    ordinary.push(call);
    return request;
  };
  const server = stack.use(
    await startFastServer({
      bind: { host: '127.0.0.1', port: 0 },
      services: [implement(EchoService, { echo }, { echo: answerBytes })],
      logger: telemetry.logger('rpc'),
      drainMs: 1_000,
      ...{ tls, identify },
      ...(intercepted && { interceptors: [async () => undefined] }),
    }),
  );
  const principal = { kind: 'service', name: 'tester' } as const;
  const connection = stack.use(connect(`127.0.0.1:${server.port}`, { principal, tls }));
  const client = createClient(EchoService, connection);
  return { client, ordinary: () => ordinary, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const echoBytes: BytesHandler = (bytes, start, end, call) => {
  call.answer(bytes, start, end);
  return true;
};

describe('a method with a bytes handler', () => {
  it.each([0, 1, 129, 20_000, 300_000])('answers %d bytes', async (length) => {
    await using house = await open(echoBytes);
    const request = Buffer.alloc(length, 'x');
    await expect(house.client.echo(request)).resolves.toEqual(request);
    expect(house.ordinary()).toEqual([]);
  });

  it('knows who asks, and refuses with all that an error says', async () => {
    const asked: unknown[] = [];
    await using house = await open((_bytes, _start, _end, call) => {
      asked.push(call.principal);
      call.refuse(new RefusedError('no', { fix: 'ask again' }));
      return true;
    });
    await expect(house.client.echo(Buffer.from('a'))).rejects.toMatchObject({ code: 'TEST_REFUSED', fix: 'ask again' });
    expect(asked).toEqual([{ kind: 'service', name: 'tester' }]);
  });

  it('knows by the certificate who asks, where that counts', async () => {
    const asked: unknown[] = [];
    const answer: BytesHandler = (bytes, start, end, call) => {
      asked.push(call.principal);
      call.answer(bytes, start, end);
      return true;
    };
    const identify = ({ commonName = '' }: CertificateNames): Principal => ({ kind: 'operator', name: commonName });
    await using house = await open(answer, false, { tls: identityOf('server'), identify });
    await house.client.echo(Buffer.from('a'));
    await house.client.echo(Buffer.from('b'));
    const server = { kind: 'operator', name: 'server' };
    expect(asked).toEqual([server, server]);
  });

  it('answers later, and many at once, each its own', async () => {
    const waiting: { readonly text: string; readonly call: BytesCall }[] = [];
    await using house = await open((bytes, start, end, call) => {
      waiting.push({ text: Buffer.from(bytes.subarray(start, end)).toString(), call });
      if (waiting.length < 50) return true;
      for (const one of waiting.splice(0).reverse()) answerLoudly(one);
      return true;
    });
    const texts = Array.from({ length: 50 }, (_, index) => `request ${index}`);
    const answers = await Promise.all(texts.map((text) => house.client.echo(Buffer.from(text))));
    expect(answers.map(String)).toEqual(texts.map((text) => `${text}!`));
  });

  it('is not used again while its handler has it, although its caller has gone', async () => {
    const kept: BytesCall[] = [];
    const arrived = Promise.withResolvers<undefined>();
    await using house = await open((bytes, start, end, call) => {
      if (kept.length > 0) {
        call.answer(bytes, start, end);
        return true;
      }
      kept.push(call);
      arrived.resolve(undefined);
      return true;
    });
    const abort = new AbortController();
    const gone = house.client.echo(Buffer.from('first'), { signal: abort.signal });
    await arrived.promise;
    abort.abort();
    await expect(gone).rejects.toMatchObject({ kind: 'cancelled' });
    await expect(house.client.echo(Buffer.from('second'))).resolves.toEqual(Buffer.from('second'));
    expect(kept[0]?.isOver).toBe(true);
    kept[0]?.answer(Buffer.from('late'), 0, 4);
    await expect(house.client.echo(Buffer.from('third'))).resolves.toEqual(Buffer.from('third'));
  });

  it('is ended by its deadline', async () => {
    await using house = await open(() => true);
    await expect(house.client.echo(Buffer.from('a'), { timeoutMs: 30 })).rejects.toMatchObject({ kind: 'deadline' });
  });

  it('leaves what it does not answer to the ordinary handler, with all that is known of the call', async () => {
    const asked: unknown[] = [];
    await using house = await open((_bytes, _start, _end, call) => {
      asked.push(call.metadata('x-tenant'), call.metadata('x-other'));
      return false;
    });
    const headers = { 'x-tenant': 'acme' };
    await expect(house.client.echo(Buffer.from('a'), { headers, timeoutMs: 60_000 })).resolves.toEqual(
      Buffer.from('a'),
    );
    expect(asked).toEqual(['acme', undefined]);
    expect(house.ordinary()).toHaveLength(1);
    const [context] = house.ordinary();
    expect(context?.principal).toEqual({ kind: 'service', name: 'tester' });
    expect(context?.metadata('x-tenant')).toBe('acme');
    expect((context?.deadline ?? 0) - systemClock.epoch()).toBeGreaterThan(1_000);
  });

  it('belongs to the trace that its caller names', async () => {
    const traces: unknown[] = [];
    await using house = await open((bytes, start, end, call) => {
      traces.push(currentTrace()?.traceId);
      call.answer(bytes, start, end);
      return true;
    });
    const trace = startTrace();
    await runInTrace(trace, () => house.client.echo(Buffer.from('a')));
    expect(traces).toEqual([trace.traceId]);
  });

  it('is refused as internal when its handler refuses with what is no error of ours', async () => {
    await using house = await open((_bytes, _start, _end, call) => {
      call.refuse(new RangeError('a bug'));
      return true;
    });
    const failed = await house.client.echo(Buffer.from('a')).catch((error: unknown) => error);
    assert(failed instanceof PortolanError, 'it fails with an error of ours');
    expect(failed.kind).toBe('internal');
    expect(failed.fix).toMatch(/trace [0-9a-f]{32} /);
  });

  it('goes to the ordinary handler where an interceptor is to see each call', async () => {
    await using house = await open(echoBytes, true);
    await expect(house.client.echo(Buffer.from('a'))).resolves.toEqual(Buffer.from('a'));
    expect(house.ordinary()).toHaveLength(1);
  });
});

function answerLoudly({ text, call }: { readonly text: string; readonly call: BytesCall }): void {
  const answer = Buffer.from(`${text}!`);
  call.answer(answer, 0, answer.length);
}
