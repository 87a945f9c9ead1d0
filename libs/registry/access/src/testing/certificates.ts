import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TlsIdentity } from '@portolan/rpc';

export type CertifiedName = 'registry' | 'agent' | 'operator' | 'orders';

const file = (name: string): string => fileURLToPath(new URL(`../../testdata/${name}`, import.meta.url));

/** Where the certificate of `system:registry`, `system:agent`, `operator:grace` or `service:demo-orders` is. */
export const certificateFiles = (
  name: CertifiedName,
): { readonly tlsCert: string; readonly tlsKey: string; readonly tlsCa: string } => ({
  tlsCert: file(`${name}.pem`),
  tlsKey: file(`${name}.key`),
  tlsCa: file('ca.pem'),
});

/** The same, read. */
export const certified = (name: CertifiedName): TlsIdentity => ({
  cert: readFileSync(file(`${name}.pem`)),
  key: readFileSync(file(`${name}.key`)),
  ca: readFileSync(file('ca.pem')),
});
