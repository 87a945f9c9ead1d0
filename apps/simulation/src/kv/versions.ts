import { COMMAND_FORMAT } from '@portolan/kv';
import type { MemberId } from '@portolan/raft';

/** The highest format of commands that the version before knew. */
export const OLD_FORMAT = 1;

/** Of which version each member is, by the format of commands it knows, and what others have been told of that. */
export class Versions {
  readonly #first: (id: MemberId) => number;
  readonly #versions = new Map<MemberId, number>();
  readonly #told = new Map<MemberId, Map<MemberId, number>>();

  /** @param first of whom nobody has said anything else */
  constructor(first: (id: MemberId) => number) {
    this.#first = first;
  }

  of(id: MemberId): number {
    return this.#versions.get(id) ?? this.#first(id);
  }

  isOld(id: MemberId): boolean {
    return this.of(id) < COMMAND_FORMAT;
  }

  /** From its next process on. */
  set(id: MemberId, format: number): void {
    this.#versions.set(id, format);
  }

  /** A process of it begins: nobody has told it anything. */
  begins(id: MemberId): number {
    this.#told.delete(id);
    return this.of(id);
  }

  /** Who sends a message has said its version before. */
  sent(from: MemberId, to: MemberId): void {
    const told = this.#told.get(to) ?? new Map<MemberId, number>();
    this.#told.set(to, told.set(from, this.of(from)));
  }

  told(id: MemberId, other: MemberId): number | undefined {
    return this.#told.get(id)?.get(other);
  }

  /** What any of them has been told of any other is still so. */
  areKnown(ids: readonly MemberId[]): boolean {
    return ids.every((id) => ids.every((other) => (this.told(id, other) ?? this.of(other)) === this.of(other)));
  }
}
