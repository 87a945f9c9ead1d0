import { PortolanError, type ErrorKind } from './portolan-error.ts';

/** Who asks. Travels with every call; what it may do is decided in one place, `@portolan/access`. */
export type Principal =
  | { readonly kind: 'anonymous' }
  /** A person: a customer of a shop, say. */
  | { readonly kind: 'user'; readonly name: string }
  /** A program, by the name it registers under. */
  | { readonly kind: 'service'; readonly name: string }
  /** A person who runs Portolan. */
  | { readonly kind: 'operator'; readonly name: string }
  /** A part of Portolan itself. */
  | { readonly kind: 'system'; readonly name: string };

export const ANONYMOUS: Principal = { kind: 'anonymous' };

const PRINCIPAL = /^(user|service|operator|system):([\w.@-]{1,128})$/;

/** A text that is no principal. */
export class MalformedPrincipalError extends PortolanError {
  readonly code = 'KERNEL_MALFORMED_PRINCIPAL';
  readonly kind: ErrorKind = 'unauthenticated';
}

/** For logs and metadata: `anonymous`, `user:ada`. `parsePrincipal` reads it back. */
export function formatPrincipal(principal: Principal): string {
  return principal.kind === 'anonymous' ? 'anonymous' : `${principal.kind}:${principal.name}`;
}

/** @throws MalformedPrincipalError when the text is not what `formatPrincipal` writes */
export function parsePrincipal(text: string): Principal {
  if (text === 'anonymous') return ANONYMOUS;
  const [, kind, name] = PRINCIPAL.exec(text) ?? [];
  if (name !== undefined) {
    switch (kind) {
      case 'user':
      case 'service':
      case 'operator':
      case 'system':
        return { kind, name };
      default:
    }
  }
  throw new MalformedPrincipalError(`"${text.slice(0, 160)}" is no principal`, {
    fix: 'send "anonymous", or user:, service:, operator: or system: and a name of 1 to 128 letters, digits, _ . @ or -',
  });
}
