import { PortolanError, type ErrorKind, type Principal } from '@portolan/kernel';
import {
  connect,
  createClient,
  implement,
  type BytesCall,
  type BytesHandler,
  type CertificateNames,
  type Client,
  type MethodDefinition,
  type RpcServerOptions,
} from '@portolan/rpc';
import { systemClock } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
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
  readonly ordinary: () => number;
}

async function open(
  answerBytes: BytesHandler,
  intercepted = false,
  { tls, identify }: Pick<RpcServerOptions, 'tls' | 'identify'> = {},
): Promise<House> {
  const stack = new AsyncDisposableStack();
  const telemetry = createTelemetry({ app: 'test', logLevel: 'silent', logFormat: 'json', clock: systemClock });
  let ordinary = 0;
  const echo = async (request: Buffer): Promise<Buffer> => {
    ordinary += 1;
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
};

describe('a method with a bytes handler', () => {
  it.each([0, 1, 129, 20_000, 300_000])('answers %d bytes', async (length) => {
    await using house = await open(echoBytes);
    const request = Buffer.alloc(length, 'x');
    await expect(house.client.echo(request)).resolves.toEqual(request);
    expect(house.ordinary()).toBe(0);
  });

  it('knows who asks, and refuses with all that an error says', async () => {
    const asked: unknown[] = [];
    await using house = await open((_bytes, _start, _end, call) => {
      asked.push(call.principal);
      call.refuse(new RefusedError('no', { fix: 'ask again' }));
    });
    await expect(house.client.echo(Buffer.from('a'))).rejects.toMatchObject({ code: 'TEST_REFUSED', fix: 'ask again' });
    expect(asked).toEqual([{ kind: 'service', name: 'tester' }]);
  });

  it('knows by the certificate who asks, where that counts', async () => {
    const asked: unknown[] = [];
    const answer: BytesHandler = (bytes, start, end, call) => {
      asked.push(call.principal);
      call.answer(bytes, start, end);
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
      if (waiting.length < 50) return;
      for (const one of waiting.splice(0).reverse()) answerLoudly(one);
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
        return;
      }
      kept.push(call);
      arrived.resolve(undefined);
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
    await using house = await open(() => undefined);
    await expect(house.client.echo(Buffer.from('a'), { timeoutMs: 30 })).rejects.toMatchObject({ kind: 'deadline' });
  });

  it('goes to the ordinary handler where an interceptor is to see each call', async () => {
    await using house = await open(echoBytes, true);
    await expect(house.client.echo(Buffer.from('a'))).resolves.toEqual(Buffer.from('a'));
    expect(house.ordinary()).toBe(1);
  });
});

function answerLoudly({ text, call }: { readonly text: string; readonly call: BytesCall }): void {
  const answer = Buffer.from(`${text}!`);
  call.answer(answer, 0, answer.length);
}
