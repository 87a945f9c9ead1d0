import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';

/** Whom a certificate names. */
export interface CertificateNames {
  /** Of its subject; undefined: none, or several. */
  readonly commonName: string | undefined;
  /** Subject alternative names, as the certificate has them. */
  readonly dns: readonly string[];
  readonly ips: readonly string[];
  readonly uris: readonly string[];
}

/** `DNS:a, IP Address:::1, URI:"with, a comma"`: Node puts in quotes what would end a name. */
const ALTERNATIVE_NAME = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;

/** @param certificate as Node tells it, which has checked that its authority vouches for it */
export function namesOf({
  subject,
  subjectaltname,
}: Pick<PeerCertificate, 'subject' | 'subjectaltname'>): CertificateNames {
  const commonName: unknown = subject.CN;
  const named = alternativeNames(subjectaltname ?? '');
  const of = (kind: string): readonly string[] => named.filter(([one]) => one === kind).map(([, name]) => name);
  return {
    commonName: typeof commonName === 'string' ? commonName : undefined,
    dns: of('DNS'),
    ips: of('IP Address'),
    uris: of('URI'),
  };
}

/** Of the first certificate in a PEM text, the one that a process shows. @throws Error when there is none */
export function namesInPem(pem: Buffer): CertificateNames {
  return namesOf(new X509Certificate(pem).toLegacyObject());
}

/** None at all of a text that is not understood to its end: half of one may say something else. */
function alternativeNames(text: string): readonly (readonly [kind: string, name: string])[] {
  const names: (readonly [string, string])[] = [];
  ALTERNATIVE_NAME.lastIndex = 0;
  while (ALTERNATIVE_NAME.lastIndex < text.length) {
    const [, kind, name] = ALTERNATIVE_NAME.exec(text) ?? [];
    if (kind === undefined || name === undefined) return [];
    // What is in quotes is no name that anybody should have: it is not read, so that it cannot pass for two.
    if (!name.startsWith('"')) names.push([kind, name]);
  }
  return names;
}
