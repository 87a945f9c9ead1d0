import { fileURLToPath } from 'node:url';
import { createClient } from './client.ts';
import { connect } from './connection.ts';
import { EchoService } from './testing/echo.ts';
import { loopback } from './testing/harness.ts';
import { readTls, type TlsIdentity } from './tls.ts';

const file = (name: string): string => fileURLToPath(new URL(`../testdata/${name}`, import.meta.url));

async function identity(name: string, authority = 'ca'): Promise<TlsIdentity> {
  const tls = await readTls({
    tlsCert: file(`${name}.pem`),
    tlsKey: file(`${name}.key`),
    tlsCa: file(`${authority}.pem`),
  });
  if (tls === undefined) throw new TypeError('three files were named');
  return tls;
}

describe('mutual TLS', () => {
  it.each(['127.0.0.1', 'localhost'])('lets in who has a certificate of the same authority, at %s', async (host) => {
    await using house = await loopback({ server: { tls: await identity('server') } });
    await using connection = connect(`${host}:${house.server.port}`, { tls: await identity('client') });
    const client = createClient(EchoService, connection);
    await expect(client.unary({ text: 'secret' })).resolves.toEqual({ text: 'secret' });
  });

  it('turns away a server whose certificate is for another address', async () => {
    const tls = await identity('server');
    await using house = await loopback({ server: { tls, bind: { host: '127.0.0.2', port: 0 } } });
    await using connection = connect(`127.0.0.2:${house.server.port}`, { tls: await identity('client') });
    await expect(connection.ready(AbortSignal.timeout(20_000))).rejects.toMatchObject({ reachedServer: false });
  });

  it.each([
    ['a client without TLS', undefined, undefined],
    ['a client with a certificate of its own making', 'stranger', 'ca'],
    ['a client that does not trust this server', 'client', 'stranger'],
  ])('turns away %s, before the call is begun', async (_who, name, authority) => {
    let calls = 0;
    await using house = await loopback({
      handlers: {
        unary: async (request) => {
          calls += 1;
          return request;
        },
      },
      server: { tls: await identity('server') },
      connect: name === undefined ? {} : { tls: await identity(name, authority) },
    });
    await expect(house.client.unary({ text: '' })).rejects.toMatchObject({ kind: 'unavailable' });
    expect(calls).toBe(0);
  });
});

describe('readTls', () => {
  it('is off when nothing is set', async () => {
    await expect(readTls({})).resolves.toBeUndefined();
  });

  it('refuses to be half set', async () => {
    await expect(readTls({ tlsCert: 'a', tlsCa: undefined })).rejects.toMatchObject({
      code: 'RPC_TLS_FILES',
      message: 'TLS is half set: tlsKey and tlsCa missing',
    });
  });

  it('names the file that it cannot read', async () => {
    const missing = readTls({ tlsCert: file('server.pem'), tlsKey: '/no/such.key', tlsCa: file('ca.pem') });
    await expect(missing).rejects.toMatchObject({ code: 'RPC_TLS_FILES', message: 'cannot read /no/such.key' });
  });
});
