import {
  ANONYMOUS,
  formatPrincipal,
  MalformedPrincipalError,
  parsePrincipal,
  PortolanError,
  type ErrorKind,
  type Principal,
} from '@portolan/kernel';
import type { CertificateNames, Identify } from '@portolan/rpc';

/** Of the one alternative name (a URI) that says whose a certificate is: `portolan:service:demo-orders`. */
const SCHEME = 'portolan:';

/** A call says to be of somebody else than its certificate. */
export class PrincipalDiffersError extends PortolanError {
  readonly code = 'ACCESS_PRINCIPAL_DIFFERS';
  readonly kind: ErrorKind = 'forbidden';

  constructor(certified: Principal, claimed: Principal) {
    const [is, says] = [formatPrincipal(certified), formatPrincipal(claimed)];
    super(`the certificate is of ${is}, and the call says to be of ${says}`, {
      fix: `call as ${is}, or with a certificate that has URI:${SCHEME}${says} as a subject alternative name`,
      context: { certified: is, claimed: says },
    });
  }
}

/**
 * Whose a certificate is: by its alternative name `URI:portolan:<principal>`, without one by its common name, which is a principal too
 * (`operator:grace`) or the name of a service (`demo-orders`). Nobody's when it has neither, or two.
 */
export function principalOfCertificate({ uris, commonName }: CertificateNames): Principal {
  const named = uris.filter((uri) => uri.startsWith(SCHEME));
  const [uri] = named;
  if (uri !== undefined) return (named.length === 1 ? parsed(uri.slice(SCHEME.length)) : undefined) ?? ANONYMOUS;
  if (commonName === undefined) return ANONYMOUS;
  return parsed(commonName) ?? parsed(`service:${commonName}`) ?? ANONYMOUS;
}

/**
 * Goes by the certificate, whatever the call says. Parts of Portolan itself (`system:agent`) may speak for others: they pass on what they
 * are asked, and may do everything anyway.
 * @throws PrincipalDiffersError
 */
export const byCertificate: Identify = (certificate, claimed) => {
  const certified = principalOfCertificate(certificate);
  if (claimed === undefined || formatPrincipal(claimed) === formatPrincipal(certified)) return certified;
  if (certified.kind === 'system') return claimed;
  throw new PrincipalDiffersError(certified, claimed);
};

function parsed(text: string): Principal | undefined {
  try {
    return parsePrincipal(text);
  } catch (error) {
    if (error instanceof MalformedPrincipalError) return undefined;
    throw error;
  }
}
