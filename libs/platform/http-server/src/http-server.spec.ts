import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { HttpBindError, startHttpServer } from './http-server.ts';

const answerOf = (port: number, agent?: Agent): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', ...(agent !== undefined && { agent }) }, resolve).on('error', reject);
  });

it('drains: finishes what it is answering, lets nobody in, and closes kept-alive connections', async () => {
  const asked = Promise.withResolvers<undefined>();
  const go = Promise.withResolvers<undefined>();
  const server = await startHttpServer({
    bind: '127.0.0.1',
    port: 0,
    handler: (_request, response) => {
      asked.resolve(undefined);
      void go.promise.then(() => response.end('done'));
    },
  });
  const agent = new Agent({ keepAlive: true });
  const answering = answerOf(server.port, agent);
  await asked.promise;
  const drained = server[Symbol.asyncDispose]();
  await expect(answerOf(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  go.resolve(undefined);
  const answer = await answering;
  expect([await text(answer), answer.headers.connection]).toEqual(['done', 'close']);
  await expect(drained).resolves.toBeUndefined();
  agent.destroy();
});

it('says what to do when the port is taken', async () => {
  const handler = (): void => undefined;
  await using server = await startHttpServer({ bind: '127.0.0.1', port: 0, handler });
  await expect(startHttpServer({ bind: '127.0.0.1', port: server.port, handler })).rejects.toThrow(HttpBindError);
});
