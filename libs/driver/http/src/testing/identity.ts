import { readFileSync } from 'node:fs';

/** Of the certificates that the tests of `@portolan/rpc` have: for localhost and 127.0.0.1, valid for 100 years. */
const read = (name: string): string =>
  readFileSync(new URL(`../../../../platform/rpc/testdata/${name}`, import.meta.url), 'utf8');

export const IDENTITY = { cert: read('server.pem'), key: read('server.key') } as const;
/** Who signed it. */
export const AUTHORITY = read('ca.pem');
