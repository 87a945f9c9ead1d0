import { startTrace } from '@portolan/telemetry';
import { requestFields, type RequestFieldsInput } from './request-fields.ts';
import { isAddressRange, plainAddress, trustedProxies } from './trusted-proxies.ts';

const fieldsOf = (input: Partial<RequestFieldsInput>): Readonly<Record<string, string>> => {
  const fields = requestFields({
    fields: [],
    httpVersion: '1.1',
    peer: '10.0.0.9',
    peerIsTrusted: false,
    scheme: 'http',
    authority: 'shop.example',
    strippedPrefix: '',
    trace: startTrace(),
    ...input,
  });
  const entries: [string, string][] = [];
  for (let at = 0; at < fields.length; at += 2) entries.push([fields[at]?.toLowerCase() ?? '', fields[at + 1] ?? '']);
  return Object.fromEntries(entries);
};
// prettier-ignore
const SAID = [
  'X-Forwarded-For', '203.0.113.7', 'X-Forwarded-Host', 'other.example', 'X-Forwarded-Proto', 'https',
  'X-Forwarded-Prefix', '/front', 'Forwarded', 'for=203.0.113.7;proto=https', 'X-Real-IP', '203.0.113.7',
];

describe('what is said of a client', () => {
  it('is replaced when it comes from anybody', () => {
    expect(fieldsOf({ fields: SAID, strippedPrefix: '/web' })).toMatchObject({
      'x-forwarded-for': '10.0.0.9',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-prefix': '/web',
      forwarded: 'for=10.0.0.9;host=shop.example;proto=http',
    });
    expect(fieldsOf({ fields: SAID })['x-real-ip']).toBeUndefined();
  });

  it('is kept and added to when it comes from a trusted proxy', () => {
    expect(fieldsOf({ fields: SAID, peerIsTrusted: true, strippedPrefix: '/web' })).toMatchObject({
      'x-forwarded-for': '203.0.113.7, 10.0.0.9',
      'x-forwarded-host': 'other.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/front/web',
      forwarded: 'for=203.0.113.7;proto=https, for=10.0.0.9;host=shop.example;proto=http',
    });
  });

  it('is quoted where RFC 7239 wants it so', () => {
    expect(fieldsOf({ peer: '2001:db8::1', authority: '[::1]:8080' }).forwarded).toBe(
      'for="[2001:db8::1]";host="[::1]:8080";proto=http',
    );
    expect(fieldsOf({ authority: '' }).forwarded).toBe('for=10.0.0.9;proto=http');
  });

  it('adds to Via whoever sent it, and keeps the frame of a message', () => {
    const fields = ['Via', '1.0 old', 'Connection', 'content-length, host, x-a', 'X-A', '1', 'Content-Length', '3'];
    expect(fieldsOf({ fields })).toMatchObject({ via: '1.0 old, 1.1 portolan', 'content-length': '3' });
    expect(fieldsOf({ fields })['x-a']).toBeUndefined();
  });
});

describe('a trusted proxy', () => {
  it('is an address or lies in a network', () => {
    const trusted = trustedProxies(['192.0.2.1', '10.0.0.0/8', 'fd00::/8']);
    expect(['192.0.2.1', '10.1.2.3', 'fd00::7'].every(trusted)).toBe(true);
    expect(['192.0.2.2', '11.0.0.1', 'fe80::1', 'unknown'].some(trusted)).toBe(false);
    expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1');
    expect(plainAddress(undefined)).toBe('unknown');
  });

  it.each(['10.0.0.0/33', 'fd00::/129', 'host.example', '10.0.0.0/8/8', ''])('is not "%s"', (range) => {
    expect(isAddressRange(range)).toBe(false);
  });
});
