import { readFileSync } from 'node:fs';
import type { TlsIdentity } from '@portolan/rpc';

const TESTDATA = '../../../../../platform/rpc/testdata';
const pem = (name: string): Buffer => readFileSync(new URL(`${TESTDATA}/${name}`, import.meta.url));

/** Who a side is in mutual TLS. */
export const identityOf = (name: 'server' | 'client'): TlsIdentity => ({
  cert: pem(`${name}.pem`),
  key: pem(`${name}.key`),
  ca: pem('ca.pem'),
});
