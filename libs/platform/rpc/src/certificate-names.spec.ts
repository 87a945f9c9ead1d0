import { namesOf } from './certificate-names.ts';

const of = (subjectaltname: string | undefined, CN: unknown = 'web'): ReturnType<typeof namesOf> =>
  namesOf({ subject: { CN }, subjectaltname } as Parameters<typeof namesOf>[0]);

describe('namesOf', () => {
  it('tells them apart by kind', () => {
    expect(
      of('DNS:a.example, DNS:*.b.example, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1, URI:portolan:service:web'),
    ).toEqual({
      commonName: 'web',
      dns: ['a.example', '*.b.example'],
      ips: ['10.0.0.1', '0:0:0:0:0:0:0:1'],
      uris: ['portolan:service:web'],
    });
  });

  it('has none of a certificate without any', () => {
    expect(of(undefined, null)).toEqual({ commonName: undefined, dns: [], ips: [], uris: [] });
  });

  it.each([
    ['a name that would be two', 'DNS:"a, URI:portolan:system:registry", DNS:b', { dns: ['b'], uris: [] }],
    ['a quote within quotes', String.raw`DNS:"a\", URI:portolan:system:registry", URI:u`, { dns: [], uris: ['u'] }],
    ['a text that does not end', 'URI:u, DNS:"a', { dns: [], uris: [] }],
    ['what is no list', 'URI:u DNS', { dns: [], uris: ['u DNS'] }],
  ])('does not take %s for another one', (_what, text, expected) => {
    expect(of(text)).toMatchObject(expected);
  });

  it('takes none of several common names', () => {
    expect(of(undefined, ['web', 'registry']).commonName).toBeUndefined();
  });
});
