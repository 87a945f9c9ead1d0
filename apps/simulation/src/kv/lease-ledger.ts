import { Violation } from '../violation.ts';

/** From its grant to its end, as they were first applied. */
interface Incarnation {
  readonly grantedAtMs: number;
  ended: { readonly atMs: number; readonly how: 'expired' | 'revoked' } | undefined;
}

/** A client was told that the lease lives. */
interface Confirmation {
  readonly calledAtMs: number;
  readonly answeredAtMs: number;
  readonly ttlMs: number;
}

interface Kept {
  readonly incarnations: Incarnation[];
  readonly confirmations: Confirmation[];
  /** Of what lives now. */
  isToBeRevoked: boolean;
}

export const LEASE_KEPT = 'A lease lives for its time to live';

/**
 * What was promised of each lease, and when it ended. A client counts from the moment at which it asked, as it must: so no lease expires
 * before its time to live after any grant or keep-alive that was confirmed, by the fastest of the clocks that may judge it.
 */
export class LeaseLedger {
  readonly #fastestRate: number;
  readonly #leases = new Map<string, Kept>();

  /** @param fastestRate of the members' clocks, against the world's */
  constructor(fastestRate: number) {
    this.#fastestRate = fastestRate;
  }

  /** Those that have not ended. */
  get living(): readonly string[] {
    return [...this.#leases]
      .filter(([, { incarnations }]) => incarnations.at(-1)?.ended === undefined && incarnations.length > 0)
      .map(([lease]) => lease);
  }

  granted(lease: string, atMs: number): void {
    this.#kept(lease).incarnations.push({ grantedAtMs: atMs, ended: undefined });
  }

  /** A client asks for it: it may happen at any time from now on. */
  revoking(lease: string): void {
    this.#kept(lease).isToBeRevoked = true;
  }

  /** @throws Violation */
  ended(lease: string, how: 'expired' | 'revoked', atMs: number): void {
    const kept = this.#kept(lease);
    const incarnation = kept.incarnations.at(-1);
    if (incarnation === undefined) return;
    // What nobody has asked for is how the store lets it expire.
    incarnation.ended = { how: kept.isToBeRevoked ? how : 'expired', atMs };
    kept.isToBeRevoked = false;
    for (const confirmation of kept.confirmations) this.#compare(lease, incarnation, confirmation);
  }

  /** @throws Violation */
  confirmed(lease: string, confirmation: Confirmation): void {
    const kept = this.#kept(lease);
    kept.confirmations.push(confirmation);
    // Granted again before the answer came, it may be the later one that was confirmed.
    const incarnation = kept.incarnations.findLast(({ grantedAtMs }) => grantedAtMs <= confirmation.answeredAtMs);
    if (incarnation !== undefined) this.#compare(lease, incarnation, confirmation);
  }

  #compare(lease: string, { grantedAtMs, ended }: Incarnation, confirmation: Confirmation): void {
    const { calledAtMs, answeredAtMs, ttlMs } = confirmation;
    if (ended?.how !== 'expired' || ended.atMs <= calledAtMs || grantedAtMs > answeredAtMs) return;
    const livedMs = ended.atMs - calledAtMs;
    if (livedMs >= ttlMs / this.#fastestRate) return;
    throw new Violation(
      LEASE_KEPT,
      `lease ${lease} of ${ttlMs} ms expired after ${Math.round(livedMs)} ms: ` +
        `asked for at ${Math.round(calledAtMs)}, confirmed at ${Math.round(answeredAtMs)}, gone at ${Math.round(ended.atMs)}`,
    );
  }

  #kept(lease: string): Kept {
    let kept = this.#leases.get(lease);
    if (kept === undefined)
      this.#leases.set(lease, (kept = { incarnations: [], confirmations: [], isToBeRevoked: false }));
    return kept;
  }
}
