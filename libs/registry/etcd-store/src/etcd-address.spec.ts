import { keyOf } from '@portolan/kv';
import { EtcdAddressError } from './errors.ts';
import { parseEtcdAddress, type EtcdAddress } from './etcd-address.ts';

const address = (extras: Partial<EtcdAddress>): EtcdAddress => ({
  endpoints: ['etcd:2379'],
  prefix: keyOf(''),
  credentials: undefined,
  tls: {},
  ...extras,
});

describe('parseEtcdAddress', () => {
  it.each<readonly [string, Partial<EtcdAddress>]>([
    ['etcd://etcd', {}],
    ['etcd://etcd/', {}],
    ['etcd://a:1,b,[::1]:2,[::1]', { endpoints: ['a:1', 'b:2379', '[::1]:2', '[::1]:2379'] }],
    ['etcd://etcd/portolan/one/', { prefix: keyOf('portolan/one/') }],
    ['etcd://etcd/%2Fpörtolan', { prefix: keyOf('/pörtolan') }],
    ['etcd://me:a%40b%3Ac@etcd', { credentials: { user: 'me', password: 'a@b:c' } }],
    ['etcd://me:@etcd', { credentials: { user: 'me', password: '' } }],
    ['etcd://etcd?ca=/ca&cert=/c.pem&key=/k', { tls: { tlsCa: '/ca', tlsCert: '/c.pem', tlsKey: '/k' } }],
    ['etcd://etcd/p/?ca=%2Fa%20b', { prefix: keyOf('p/'), tls: { tlsCa: '/a b' } }],
  ])('reads %s', (text, expected) => {
    expect(parseEtcdAddress(text)).toEqual(address(expected));
  });

  it.each([
    '',
    'etcd://',
    'http://etcd',
    'etcd://a,,b',
    'etcd://a b',
    'etcd://me@etcd',
    'etcd://:password@etcd',
    'etcd://etcd/%E0%A4%A',
    'etcd://etcd?timeout=1',
  ])('refuses %j', (text) => {
    expect(() => parseEtcdAddress(text)).toThrow(EtcdAddressError);
  });

  it('shows no password when it refuses one', () => {
    expect(() => parseEtcdAddress('etcd://me:secret%@etcd')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') as string }) as Error,
    );
  });
});
