import { createClient } from '../../client.ts';
import { connect } from '../../connection.ts';
import { EchoService } from '../echo.ts';
import type { OpenLoopback } from '../harness.ts';
import { identity } from '../identity.ts';

export function describeTls(loopback: OpenLoopback): void {
  describe('mutual TLS', () => {
    it.each(['127.0.0.1', 'localhost'])('lets in who has a certificate of the same authority, at %s', async (host) => {
      await using house = await loopback({ server: { tls: await identity('server') } });
      await using connection = connect(`${host}:${house.server.port}`, { tls: await identity('client') });
      const client = createClient(EchoService, connection);
      await expect(client.unary({ text: 'secret' })).resolves.toEqual({ text: 'secret' });
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
}
