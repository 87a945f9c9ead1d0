import { principalOfCertificate } from '@portolan/access';
import { formatPrincipal, PortolanError, type ErrorKind } from '@portolan/kernel';
import type { CertificateNames, Identify, TlsIdentity } from '@portolan/rpc';
import { namesInPem } from '@portolan/rpc/serving';
import type { Logger } from '@portolan/telemetry';
import { CLUSTER_PRINCIPAL } from '../cluster-principal.ts';

/** Whose certificates are members', unless it is said: as an operator of one authority for all names them, those of registries alone. */
export const DEFAULT_PEER_NAMES: readonly string[] = ['system:registry'];

/** Refused certificates remembered, so that each is said once. Full: all are forgotten, and said again. */
const SAID_MAX = 64;

/** Its authority vouches for it, but not as a member's. */
export class NoMemberCertificateError extends PortolanError {
  readonly code = 'CLUSTER_NO_MEMBER_CERTIFICATE';
  readonly kind: ErrorKind = 'forbidden';

  constructor(whose: string, names: readonly string[], allowed: readonly string[]) {
    super(`${whose} is no member's: it names ${names.join(', ') || 'nobody'}, and members are ${allowed.join(', ')}`, {
      fix: 'if it is to be one, give it a certificate with URI:portolan:system:registry among its alternative names, or add one of its names to --peer-allowed-names of all members',
      context: { names: names.join(', ') },
    });
  }
}

export interface MemberCertificates {
  /** For connections to other members: nobody else is spoken to. */
  readonly tls: TlsIdentity;
  /** For the server that they reach: nobody else is answered. A member says itself for whom it asks. */
  readonly identify: Identify;
}

/**
 * Which certificates of the authority are members': those that have one of `allowed`, as principal, common name, or alternative name.
 * @throws NoMemberCertificateError when the own one is none: the others would refuse it
 */
export function memberCertificates(tls: TlsIdentity, allowed: readonly string[], logger: Logger): MemberCertificates {
  const wanted = new Set(allowed.map((name) => name.toLowerCase()));
  const said = new Set<string>();
  const refusalOf = (whose: string, certificate: CertificateNames): NoMemberCertificateError | undefined => {
    const names = namesIn(certificate);
    if (names.some((name) => wanted.has(name.toLowerCase()))) return undefined;
    const refusal = new NoMemberCertificateError(whose, names, allowed);
    if (said.size >= SAID_MAX) said.clear();
    if (!said.has(refusal.message)) logger.warn({ code: refusal.code, fix: refusal.fix }, refusal.message);
    said.add(refusal.message);
    return refusal;
  };
  const own = refusalOf("this process's own certificate", namesInPem(tls.cert));
  if (own !== undefined) throw own;
  return {
    tls: { ...tls, checkServer: (certificate) => refusalOf('the certificate at a peer address', certificate) },
    identify: (certificate, claimed) => {
      const refusal = refusalOf('the certificate of who asks at the peer port', certificate);
      if (refusal !== undefined) throw refusal;
      return claimed ?? CLUSTER_PRINCIPAL;
    },
  };
}

function namesIn(certificate: CertificateNames): readonly string[] {
  const { commonName, dns, ips, uris } = certificate;
  const principal = principalOfCertificate(certificate);
  const named = principal.kind === 'anonymous' ? [] : [formatPrincipal(principal)];
  return [...new Set([...named, ...(commonName === undefined ? [] : [commonName]), ...dns, ...ips, ...uris])];
}
