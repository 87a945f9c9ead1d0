import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Principal } from '@portolan/kernel';
import type { CertificateNames, Identify } from '@portolan/rpc';
import { certificateOf, principalBy } from '@portolan/rpc/serving';

/** Who asks, on a server that goes by the certificates of its clients. Each connection's is read once. */
export class Callers {
  readonly #identify: Identify;
  readonly #certificates = new WeakMap<Socket, CertificateNames>();

  constructor(identify: Identify) {
    this.#identify = identify;
  }

  /** @param text as the call's metadata has it. @throws MalformedPrincipalError, and what `identify` refuses it for */
  principalOf(socket: Socket | undefined, text: string | undefined): Principal {
    return principalBy(this.#identify, text, () => this.#certificateOf(socket));
  }

  #certificateOf(socket: Socket | undefined): CertificateNames | undefined {
    if (!(socket instanceof TLSSocket)) return undefined;
    const known = this.#certificates.get(socket);
    if (known !== undefined) return known;
    const read = certificateOf(socket);
    if (read !== undefined) this.#certificates.set(socket, read);
    return read;
  }
}
