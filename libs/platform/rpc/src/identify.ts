import type { PeerCertificate } from 'node:tls';
import { ANONYMOUS, parsePrincipal, PortolanError, type ErrorKind, type Principal } from '@portolan/kernel';
import { namesOf, type CertificateNames } from './certificate-names.ts';

/**
 * Who asks on a connection with a certificate. It may be asked for each call.
 * @param claimed whom the call says that it is of; undefined: it says nothing
 * @throws PortolanError to refuse the call
 */
export type Identify = (certificate: CertificateNames, claimed: Principal | undefined) => Principal;

/** A call over TLS whose connection shows no certificate any more. */
class NoCertificateError extends PortolanError {
  readonly code = 'RPC_NO_CERTIFICATE';
  readonly kind: ErrorKind = 'unauthenticated';
}

/**
 * Who asks.
 * @param text as the call's metadata has it
 * @param certificate of the connection, asked for only where `identify` is to decide; undefined: nobody vouches for it
 * @throws MalformedPrincipalError, and what `identify` refuses it for
 */
export function principalBy(
  identify: Identify | undefined,
  text: string | undefined,
  certificate: () => CertificateNames | undefined,
): Principal {
  const claimed = text === undefined ? undefined : parsePrincipal(text);
  if (identify === undefined) return claimed ?? ANONYMOUS;
  const names = certificate();
  if (names === undefined) {
    throw new NoCertificateError('the connection has no certificate that an authority vouches for', {
      fix: 'connect again, and show one',
    });
  }
  return identify(names, claimed);
}

/** What principalBy needs of a socket: those of `node:tls` have it. */
interface CertifiedSocket {
  readonly authorized: boolean;
  getPeerCertificate(): PeerCertificate | object;
}

/** Whom the other end of a connection is certified to be; undefined: nobody vouches for it. */
export function certificateOf(socket: CertifiedSocket): CertificateNames | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerCertificate();
  return 'subject' in certificate ? namesOf(certificate) : undefined;
}
