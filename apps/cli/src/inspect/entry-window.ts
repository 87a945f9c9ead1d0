import type { Configuration, Entry } from '@portolan/raft';

/** What is shown of an entry: all but its contents. */
export interface EntryLine {
  readonly index: number;
  readonly term: number;
  readonly kind: Entry['kind'];
  /** Of a command, or of what goes with a configuration. */
  readonly bytes: number;
  readonly configuration: Configuration | undefined;
}

/** The entries that are asked for, as many as are asked for: a log is larger than memory. */
export class EntryWindow {
  readonly #from: number;
  readonly #limit: number;
  readonly #lines: EntryLine[] = [];

  constructor({ from, limit }: { readonly from: number; readonly limit: number }) {
    this.#from = from;
    this.#limit = limit;
  }

  get lines(): readonly EntryLine[] {
    return this.#lines;
  }

  /** It takes the place of the one that had its index, and of all after that. */
  take(entry: Entry): void {
    const { index, term, kind } = entry;
    while ((this.#lines.at(-1)?.index ?? -1) >= index) this.#lines.pop();
    if (index < this.#from || this.#lines.length >= this.#limit) return;
    const configuration = kind === 'configuration' ? entry.configuration : undefined;
    this.#lines.push({ index, term, kind, bytes: contentBytes(entry), configuration });
  }

  clear(): void {
    this.#lines.length = 0;
  }
}

function contentBytes(entry: Entry): number {
  switch (entry.kind) {
    case 'empty':
      return 0;
    case 'command':
      return entry.data.length;
    case 'configuration':
      return entry.context.length;
    default:
      return entry satisfies never;
  }
}
