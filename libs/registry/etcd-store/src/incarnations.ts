import type { ResponseHeader } from '@portolan/contracts/etcd/header';
import {
  createIncarnation,
  incarnation,
  MalformedAnswerError,
  revision,
  type Header,
  type Incarnation,
  type Revision,
} from '@portolan/kv';
import type { Rng } from '@portolan/kernel';

/**
 * Which history the cluster is at. An incarnation is the cluster's id and a number that is noted in etcd itself: a restore gives a
 * cluster another id, if it is done as etcd's manual says; where it does not, revisions have gone back, and who sees that notes
 * another number.
 */
export class Incarnations {
  readonly #rng: Rng;
  /** In force; undefined until it was read. */
  #number: string | undefined;
  #clusterId: bigint | undefined;
  #newest = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** Of the newest answer so far. An answer to what is asked from now on is not below it, unless history was taken back. */
  get newest(): number {
    return this.#newest;
  }

  get current(): Incarnation {
    return incarnation(`${(this.#clusterId ?? 0n).toString(16)}-${this.#number ?? ''}`);
  }

  get number(): string | undefined {
    return this.#number;
  }

  /** The number as it is noted. @returns whether that is another one than was in force */
  read(number: string): boolean {
    const isChanged = this.#number !== undefined && this.#number !== number;
    this.#number = number;
    return isChanged;
  }

  /** One to note. */
  draw(): string {
    return createIncarnation(this.#rng);
  }

  /**
   * @param since `newest` when it was asked
   * @returns whether this answer is of another history: then `forget`, read the number again or note another one
   */
  isOfAnother(header: ResponseHeader, since: number): boolean {
    return (this.#clusterId !== undefined && header.clusterId !== this.#clusterId) || header.revision < since;
  }

  /** What is known of revisions is of the past. */
  forget(): void {
    this.#newest = 0;
    this.#clusterId = undefined;
  }

  heard(header: ResponseHeader): Header {
    this.#clusterId = header.clusterId;
    const answered: Revision = revision(header.revision);
    this.#newest = Math.max(this.#newest, answered);
    return { incarnation: this.current, revision: answered };
  }
}

/** @throws MalformedAnswerError */
export function headerOf({ header }: { readonly header: ResponseHeader | undefined }): ResponseHeader {
  if (header === undefined) throw new MalformedAnswerError('an answer without a header');
  return header;
}
