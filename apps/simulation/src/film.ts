/** A run as data: what happened to whom, and when, for whoever plays it back. */
export interface FilmEvent {
  /** Of the world. */
  readonly atMs: number;
  readonly kind: string;
  readonly [detail: string]: unknown;
}

export class Film {
  readonly #events: FilmEvent[] = [];

  add(event: FilmEvent): void {
    this.#events.push(event);
  }

  /** One event a line, so that a long film can be read as a stream; ids are strings. */
  toJson(seed: number, violation: string | undefined): string {
    const lines = this.#events.map((event) => JSON.stringify(event, plain));
    return `{"format":1,"seed":${seed},"violation":${JSON.stringify(violation ?? null)},"events":[\n${lines.join(',\n')}\n]}\n`;
  }
}

const plain = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
};
