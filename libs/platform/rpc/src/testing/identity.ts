import { fileURLToPath } from 'node:url';
import { readTls, type TlsIdentity } from '../tls.ts';

/** The path of a file of `testdata`. */
export const testFile = (name: string): string => fileURLToPath(new URL(`../../testdata/${name}`, import.meta.url));

export async function identity(name: string, authority = 'ca'): Promise<TlsIdentity> {
  const tls = await readTls({
    tlsCert: testFile(`${name}.pem`),
    tlsKey: testFile(`${name}.key`),
    tlsCa: testFile(`${authority}.pem`),
  });
  if (tls === undefined) throw new TypeError('three files were named');
  return tls;
}
