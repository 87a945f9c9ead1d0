import { readFile } from 'node:fs/promises';
import { credentials, ServerCredentials, type ChannelCredentials } from '@grpc/grpc-js';
import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** Mutual TLS: who this process is, and who vouches for its peers. PEM texts. */
export interface TlsIdentity {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/** Paths, as the settings `tlsCert`, `tlsKey` and `tlsCa` give them. */
export interface TlsFiles {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsCa?: string | undefined;
}

/** The TLS settings are incomplete, or a file cannot be read. */
export class TlsFilesError extends PortolanError {
  readonly code = 'RPC_TLS_FILES';
  readonly kind: ErrorKind = 'invalid';
}

/**
 * Reads the three files; undefined when no path is set, which means without TLS.
 * @throws TlsFilesError when only some are set, or one cannot be read
 */
export async function readTls(files: TlsFiles): Promise<TlsIdentity | undefined> {
  const { tlsCert, tlsKey, tlsCa } = files;
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined || tlsCa === undefined) {
    const missing = Object.entries({ tlsCert, tlsKey, tlsCa }).flatMap(([name, path]) =>
      path === undefined ? [name] : [],
    );
    throw new TlsFilesError(`TLS is half set: ${missing.join(' and ')} missing`, { fix: 'set all three, or none' });
  }
  const [cert, key, ca] = await Promise.all([readPem(tlsCert), readPem(tlsKey), readPem(tlsCa)]);
  return { cert, key, ca };
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new TlsFilesError(`cannot read ${path}`, { fix: 'name a PEM file that this user may read', cause: error });
  }
}

export function clientCredentials(tls: TlsIdentity | undefined): ChannelCredentials {
  return tls === undefined ? credentials.createInsecure() : credentials.createSsl(tls.ca, tls.key, tls.cert);
}

/** With TLS a client without a certificate of the same authority is turned away during the handshake. */
export function serverCredentials(tls: TlsIdentity | undefined): ServerCredentials {
  return tls === undefined
    ? ServerCredentials.createInsecure()
    : ServerCredentials.createSsl(tls.ca, [{ private_key: tls.key, cert_chain: tls.cert }], true);
}
