import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AUTHORITY, IDENTITY } from '../testing/identity.ts';
import { Asking } from './testing/asking.ts';
import { hello } from './testing/node-server.ts';

describe('a pool over TLS', () => {
  it('a server that is who it should be is asked in HTTP/1.1, by ALPN or without', async () => {
    for (const ALPNProtocols of [['http/1.1'], undefined]) {
      const server = createHttps({ ...IDENTITY, ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }) }, hello);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      using asking = new Asking(port, { tls: { ca: AUTHORITY } });
      expect(await asking.get('/')).toMatchObject({ text: 'hello' });
      expect((await asking.get('/')).wire?.requests).toBe(2);
      using distrustful = new Asking(port, { tls: {} });
      expect(await distrustful.ask('/').done).toMatchObject({ cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } });
      server.close();
      server.closeAllConnections();
    }
  });

  it('a server that speaks something else is not asked', async () => {
    const server = createSecureServer({ ...IDENTITY, ALPNProtocols: ['h2'] });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    using asking = new Asking(port, { tls: { ca: AUTHORITY } });
    expect(await asking.ask('/').done).toMatchObject({ code: 'HTTP_CONNECT_FAILED' });
    server.close();
  });
});
