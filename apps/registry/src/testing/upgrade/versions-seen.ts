/** What a watch has seen of keys that are put and never deleted: of each key the versions 1, 2, 3 … without one missing or twice. */
export class VersionsSeen {
  readonly #watch: string;
  readonly #last = new Map<string, number>();
  readonly #broken: string[] = [];
  #count = 0;

  /** @param watch its name, for errors */
  constructor(watch: string) {
    this.#watch = watch;
  }

  get count(): number {
    return this.#count;
  }

  note(key: string, version: number): void {
    const expected = (this.#last.get(key) ?? 0) + 1;
    if (version !== expected) this.#broken.push(`${key}: version ${version} came where ${expected} was due`);
    this.#last.set(key, version);
    this.#count += 1;
  }

  /** Whether it has come so far, or further. */
  has(versions: ReadonlyMap<string, number>): boolean {
    return [...versions].every(([key, version]) => (this.#last.get(key) ?? 0) >= version);
  }

  /** @throws Error with each gap and repetition */
  check(): void {
    if (this.#broken.length > 0) throw new Error(`${this.#watch} is not gapless:\n${this.#broken.join('\n')}`);
  }
}
