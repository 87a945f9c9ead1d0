import { readFileSync } from 'node:fs';
import type { TlsIdentity } from '@portolan/rpc';

const TESTDATA = '../../../../platform/rpc/testdata';
const pem = (name: string): Buffer => readFileSync(new URL(`${TESTDATA}/${name}`, import.meta.url));

/** Who a process is in mutual TLS; nobody vouches for the stranger. */
export const identityOf = (name: 'server' | 'client' | 'stranger'): TlsIdentity => ({
  cert: pem(`${name}.pem`),
  key: pem(`${name}.key`),
  ca: pem('ca.pem'),
});
