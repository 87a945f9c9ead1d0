import { connect } from './connection.ts';
import { startRpcServer } from './server.ts';
import { loopbackOn } from './testing/harness.ts';
import { identity, testFile } from './testing/identity.ts';
import { readTls } from './tls.ts';

const loopback = loopbackOn(startRpcServer);

describe('a client with TLS', () => {
  it('turns away a server whose certificate is for another address', async () => {
    const tls = await identity('server');
    await using house = await loopback({ server: { tls, bind: { host: '127.0.0.2', port: 0 } } });
    await using connection = connect(`127.0.0.2:${house.server.port}`, { tls: await identity('client') });
    await expect(connection.ready(AbortSignal.timeout(20_000))).rejects.toMatchObject({ reachedServer: false });
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
    const missing = readTls({ tlsCert: testFile('server.pem'), tlsKey: '/no/such.key', tlsCa: testFile('ca.pem') });
    await expect(missing).rejects.toMatchObject({ code: 'RPC_TLS_FILES', message: 'cannot read /no/such.key' });
  });
});
