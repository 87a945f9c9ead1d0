import { formatPrincipal, parsePrincipal } from '@portolan/kernel';
import type { CertificateNames } from '@portolan/rpc';
import { byCertificate, principalOfCertificate, PrincipalDiffersError } from './by-certificate.ts';

const certificate = (commonName: string | undefined, ...uris: readonly string[]): CertificateNames => ({
  commonName,
  uris,
  dns: ['system:registry', 'localhost'],
  ips: ['127.0.0.1'],
});

describe('whose a certificate is', () => {
  it.each([
    ['by its alternative name', certificate('web', 'portolan:operator:grace'), 'operator:grace'],
    ['whatever other URIs it has', certificate('web', 'spiffe://a/b', 'portolan:system:agent'), 'system:agent'],
    ['by its common name', certificate('operator:grace'), 'operator:grace'],
    ['a service by its plain name', certificate('demo-orders'), 'service:demo-orders'],
    ['nobody of a kind that there is not', certificate('root:ada'), 'anonymous'],
    ['nobody of two', certificate('web', 'portolan:service:a', 'portolan:system:b'), 'anonymous'],
    ['nobody by a name that is none, nor by what is beside it', certificate('web', 'portolan:root:a'), 'anonymous'],
    ['nobody without a name', certificate(undefined), 'anonymous'],
    ['nobody with a name that none may have', certificate('O=a, CN=b'), 'anonymous'],
  ])('is %s', (_how, names, expected) => {
    expect(formatPrincipal(principalOfCertificate(names))).toBe(expected);
  });
});

describe('a call over TLS', () => {
  const asked = (commonName: string, claimed?: string): string =>
    formatPrincipal(
      byCertificate(certificate(commonName), claimed === undefined ? undefined : parsePrincipal(claimed)),
    );

  it('is of whom the certificate is', () => {
    expect(asked('demo-orders')).toBe('service:demo-orders');
    expect(asked('demo-orders', 'service:demo-orders')).toBe('service:demo-orders');
  });

  it.each(['service:demo-reviews', 'operator:demo-orders', 'system:cluster', 'anonymous'])(
    'is refused when it says to be of %s',
    (claimed) => {
      expect(() => asked('demo-orders', claimed)).toThrow(PrincipalDiffersError);
      expect(() => asked('operator:grace', claimed)).toThrow(`and the call says to be of ${claimed}`);
    },
  );

  it('may speak for others as a part of Portolan', () => {
    expect(asked('system:agent', 'service:demo-orders')).toBe('service:demo-orders');
  });
});
