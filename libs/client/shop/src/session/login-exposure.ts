import { isIP } from 'node:net';
import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** The login that believes every name would be open to the network. */
export class DevelopmentLoginExposedError extends PortolanError {
  readonly code = 'SHOP_DEVELOPMENT_LOGIN_EXPOSED';
  readonly kind: ErrorKind = 'precondition';
}

export interface LoginExposure {
  readonly developmentLogin: boolean;
  /** Whether an operator chose the key that signs sessions. */
  readonly hasSessionSecret: boolean;
  /** The addresses bound and advertised. */
  readonly addresses: readonly string[];
}

/**
 * The development login asks for no password. On loopback that is a convenience; anywhere else it is a decision, which the
 * operator takes by configuring a session secret.
 * @throws DevelopmentLoginExposedError
 */
export function checkLoginExposure({ developmentLogin, hasSessionSecret, addresses }: LoginExposure): void {
  if (!developmentLogin || hasSessionSecret) return;
  const exposed = addresses.find((address) => !isLoopback(address));
  if (exposed === undefined) return;
  throw new DevelopmentLoginExposedError(`anybody who reaches ${exposed} could log in under any name`, {
    fix: 'bind to 127.0.0.1, or turn the development login off (--no-development-login), or set a session secret (PORTOLAN_SESSION_SECRET) when that is what you want',
    context: { address: exposed },
  });
}

function isLoopback(address: string): boolean {
  if (address === 'localhost' || address === '::1') return true;
  return isIP(address) === 4 && address.startsWith('127.');
}
