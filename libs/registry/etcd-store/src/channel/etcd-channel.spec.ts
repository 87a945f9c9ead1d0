import { AuthService } from '@portolan/contracts/etcd/auth';
import { KVService, RangeRequest, type RangeResponse } from '@portolan/contracts/etcd/kv';
import { startFastServer } from '@portolan/grpc';
import type { BoundMethod, MethodDefinition } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { EtcdChannel } from './etcd-channel.ts';

const bound = (definition: MethodDefinition, handle: BoundMethod['handle']): BoundMethod => ({ definition, handle });

/** An etcd that lets nobody in before `letIn`, and knows one token. */
async function guarded() {
  const stack = new AsyncDisposableStack();
  const telemetry = stack.use(createTelemetry({ app: 'test', logLevel: 'fatal', logFormat: 'json', clock }));
  const letIn = Promise.withResolvers<undefined>();
  const asked = Promise.withResolvers<undefined>();
  let logins = 0;
  const authenticate = bound(AuthService.authenticate, async () => {
    logins += 1;
    asked.resolve(undefined);
    await letIn.promise;
    return { header: undefined, token: `token-${logins}` };
  });
  const range = bound(KVService.range, async (_request, { metadata }): Promise<RangeResponse> => {
    expect(metadata('token')).toBe('token-1');
    return { header: undefined, kvs: [], more: false, count: 7n };
  });
  const server = stack.use(
    await startFastServer({
      bind: { host: '127.0.0.1', port: 0 },
      services: [
        { name: 'etcdserverpb.Auth', methods: [authenticate] },
        { name: 'etcdserverpb.KV', methods: [range] },
      ],
      ...{ logger: telemetry.logger('rpc'), drainMs: 0 },
    }),
  );
  const endpoints = [`127.0.0.1:${server.port}`];
  const credentials = { user: 'portolan', password: 'x' };
  const channel = stack.use(
    new EtcdChannel({ ...{ endpoints, credentials, tls: undefined, clock, rng, timeoutMs: 20_000 } }),
  );
  const house = stack.move();
  return {
    ...{
      channel,
      letIn: () => {
        letIn.resolve(undefined);
      },
      asked: asked.promise,
      logins: () => logins,
    },
    [Symbol.asyncDispose]: () => house.disposeAsync(),
  };
}

it('who asks for a token that others wait for too does not take it from them by leaving', async () => {
  await using etcd = await guarded();
  const leaving = new AbortController();
  const ask = (signal: AbortSignal | undefined): Promise<RangeResponse> =>
    etcd.channel.unary(KVService.range, RangeRequest.fromPartial({}), { repeatable: 'read', signal });
  const first = ask(leaving.signal);
  const others = Promise.all([ask(undefined), ask(new AbortController().signal)]);
  await etcd.asked;
  const reason = new Error('it has left');
  leaving.abort(reason);
  await expect(first).rejects.toBe(reason);
  etcd.letIn();
  expect((await others).map(({ count }) => count)).toEqual([7n, 7n]);
  expect(etcd.logins()).toBe(1);
});
