import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { credentials, ServerCredentials, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { namesOf, type CertificateNames } from './certificate-names.ts';

/** Mutual TLS: who this process is, and who vouches for its peers. PEM texts. */
export interface TlsIdentity {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
  /**
   * What a server must be that this process connects to, besides being vouched for and having the name by which it is reached.
   * @returns why nothing is said to it
   */
  readonly checkServer?: (certificate: CertificateNames) => Error | undefined;
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

/** TLS allows no IP address as the name that a client asks for, and our servers do not look at it. */
const NAME_FOR_IP = 'portolan';

/**
 * How to open a connection to `address`: its credentials, and what else grpc-js must be told.
 * A server reached by its IP address must have that address in its certificate, one reached by name the name.
 */
export function clientSecurity(
  address: string,
  tls: TlsIdentity | undefined,
): { readonly credentials: ChannelCredentials; readonly options: ChannelOptions } {
  if (tls === undefined) return { credentials: credentials.createInsecure(), options: {} };
  const { ca, key, cert } = tls;
  const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
  const check = serverCheck(tls);
  if (isIP(host) === 0) {
    return { credentials: credentials.createSsl(ca, key, cert, { checkServerIdentity: check }), options: {} };
  }
  // grpc-js would ask for the address as a name, which Node refuses.
  const checkIp = (_name: string, presented: PeerCertificate): Error | undefined => check(host, presented);
  return {
    credentials: credentials.createSsl(ca, key, cert, { checkServerIdentity: checkIp }),
    options: { 'grpc.ssl_target_name_override': NAME_FOR_IP },
  };
}

/** `checkServerIdentity` of a connection that `tls` opens. */
export function serverCheck({
  checkServer,
}: TlsIdentity): (host: string, presented: PeerCertificate) => Error | undefined {
  return (host, presented) => checkServerIdentity(host, presented) ?? checkServer?.(namesOf(presented));
}

/** With TLS a client without a certificate of the same authority is turned away during the handshake. */
export function serverCredentials(tls: TlsIdentity | undefined): ServerCredentials {
  return tls === undefined
    ? ServerCredentials.createInsecure()
    : ServerCredentials.createSsl(tls.ca, [{ private_key: tls.key, cert_chain: tls.cert }], true);
}
