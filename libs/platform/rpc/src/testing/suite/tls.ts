import { formatPrincipal, PortolanError, type ErrorKind, type Principal } from '@portolan/kernel';
import { createClient } from '../../client.ts';
import { connect } from '../../connection.ts';
import type { Identify } from '../../identify.ts';
import type { TlsIdentity } from '../../tls.ts';
import { EchoService, type Say } from '../echo.ts';
import type { OpenLoopback } from '../harness.ts';
import { identity } from '../identity.ts';

export function describeTls(loopback: OpenLoopback): void {
  describeIdentify(loopback);
  describe('mutual TLS', () => {
    it.each(['127.0.0.1', 'localhost'])('lets in who has a certificate of the same authority, at %s', async (host) => {
      await using house = await loopback({ server: { tls: await identity('server') } });
      await using connection = connect(`${host}:${house.server.port}`, { tls: await identity('client') });
      const client = createClient(EchoService, connection);
      await expect(client.unary({ text: 'secret' })).resolves.toEqual({ text: 'secret' });
    });

    it.each(['127.0.0.1', 'localhost'])('asks of a server what a client asks besides, at %s', async (host) => {
      let calls = 0;
      const unary = async (request: Say): Promise<Say> => {
        calls += 1;
        return request;
      };
      await using house = await loopback({ handlers: { unary }, server: { tls: await identity('server') } });
      const only = async (name: string): Promise<TlsIdentity> => ({
        ...(await identity('client')),
        checkServer: ({ commonName }) => (commonName === name ? undefined : new Error(`it is ${commonName}`)),
      });
      await using wrong = house.dial(`${host}:${house.server.port}`, { tls: await only('client') });
      await expect(createClient(EchoService, wrong).unary({ text: '' })).rejects.toMatchObject({ kind: 'unavailable' });
      expect(calls).toBe(0);
      await using right = house.dial(`${host}:${house.server.port}`, { tls: await only('server') });
      await expect(createClient(EchoService, right).unary({ text: 'a' })).resolves.toEqual({ text: 'a' });
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

const OPERATOR: Principal = { kind: 'operator', name: 'grace' };

class StrangeError extends PortolanError {
  readonly code = 'TEST_STRANGE';
  readonly kind: ErrorKind = 'forbidden';
}

function describeIdentify(loopback: OpenLoopback): void {
  describe('a server that goes by certificates', () => {
    const whoAsks = async (identify: Identify, header?: Principal): Promise<string> => {
      await using house = await loopback({
        handlers: { unary: async (_request, { principal }) => ({ text: formatPrincipal(principal) }) },
        server: { tls: await identity('server'), identify },
        connect: { tls: await identity('client'), ...(header !== undefined && { principal: header }) },
      });
      await house.client.unary({ text: 'once' });
      return (await house.client.unary({ text: 'again' })).text;
    };

    it('believes them, whatever a call says', async () => {
      const seen: unknown[] = [];
      const identify: Identify = (certificate, claimed) => {
        seen.push(certificate, claimed);
        return OPERATOR;
      };
      await expect(whoAsks(identify, { kind: 'system', name: 'root' })).resolves.toBe('operator:grace');
      const client = { commonName: 'client', dns: ['localhost'], ips: ['127.0.0.1'], uris: [] };
      expect(seen.slice(0, 2)).toEqual([client, { kind: 'system', name: 'root' }]);
      await expect(whoAsks((_certificate, claimed) => claimed ?? OPERATOR)).resolves.toBe('operator:grace');
    });

    it('refuses a call before its handler has it', async () => {
      const identify: Identify = () => {
        throw new StrangeError('who are you?', { fix: 'say so' });
      };
      await expect(whoAsks(identify, OPERATOR)).rejects.toMatchObject({ code: 'TEST_STRANGE', fix: 'say so' });
    });

    it('believes what is said where there are none', async () => {
      await using house = await loopback({
        handlers: { unary: async (_request, { principal }) => ({ text: formatPrincipal(principal) }) },
        server: { identify: () => ({ kind: 'system', name: 'never' }) },
        connect: { principal: OPERATOR },
      });
      await expect(house.client.unary({ text: '' })).resolves.toEqual({ text: 'operator:grace' });
    });
  });
}
