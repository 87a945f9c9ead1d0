import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { epochMillis, type Clock, type Timer } from '@portolan/kernel';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { DiscoveryLogger } from '../discovery.ts';
import type { SavedAnswer } from '../known/known-items.ts';

/** Changes are gathered for so long, so that a rollout is a few writes rather than one an instance. */
export const GATHER_MS = 100;

/** What did not change is written again this often while it is live: a crash then loses little of its age. */
export const REFRESH_MS = 60_000;

/** Raised when what is in the files means something else. */
const FORMAT = 'portolan-discovery/1';

/** A file is read whole: what is larger was not written here. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** One answer that has a file. */
export interface AnswerFile<Item> {
  /** Of the file, without its ending; safe in any file system. */
  readonly name: string;
  /** Which question it answers; a file that answers another one is not used. */
  readonly subject: string;
  readonly items: z.ZodType<readonly Item[]>;
  toSave(): SavedAnswer<Item> | undefined;
}

export interface AnswerFilesOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: DiscoveryLogger;
}

/** The last good answers on disk, for a start without the registry. A disk that fails costs a warning, and nothing else. */
export class AnswerFiles implements AsyncDisposable {
  readonly #options: AnswerFilesOptions;
  /** Bounded by the table of what is known. */
  readonly #changed = new Set<AnswerFile<unknown>>();
  readonly #live = new Set<AnswerFile<unknown>>();
  #writing: Promise<void> = Promise.resolve();
  #gathering: Timer | undefined;
  #refreshing: Timer | undefined;
  #failing = false;

  constructor(options: AnswerFilesOptions) {
    this.#options = options;
    this.#refreshLater();
  }

  /** @returns undefined when there is no file, or none that can be used: that is said in the log */
  async read<Item>(file: AnswerFile<Item>): Promise<SavedAnswer<Item> | undefined> {
    const path = this.#pathOf(file);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (!isMissing(error))
        this.#options.logger.warn({ path, err: error }, 'cannot read what was known; going on without');
      return undefined;
    }
    const parsed = parse(text, file);
    if (parsed.ok) return parsed.saved;
    this.#options.logger.warn(
      { path, reason: parsed.reason },
      'a file of what was known is of no use; going on without',
    );
    return undefined;
  }

  /** What `file` is about has changed: it is written soon. */
  changed(file: AnswerFile<unknown>): void {
    this.#changed.add(file);
    this.#live.add(file);
    this.#gathering ??= this.#options.clock.after(GATHER_MS, () => {
      this.#gathering = undefined;
      this.#flush();
    });
  }

  /** Nobody keeps it up to date any more. */
  forget(file: AnswerFile<unknown>): void {
    this.#live.delete(file);
  }

  /** Writes everything, with the age it has now. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#gathering?.cancel();
    this.#refreshing?.cancel();
    for (const file of this.#live) this.#changed.add(file);
    this.#flush();
    await this.#writing;
  }

  #refreshLater(): void {
    this.#refreshing = this.#options.clock.after(REFRESH_MS, () => {
      for (const file of this.#live) this.#changed.add(file);
      this.#flush();
      this.#refreshLater();
    });
  }

  #flush(): void {
    const files = [...this.#changed];
    this.#changed.clear();
    if (files.length === 0) return;
    this.#writing = this.#writing.then(() => this.#writeAll(files));
  }

  async #writeAll(files: readonly AnswerFile<unknown>[]): Promise<void> {
    const { folder, logger } = this.#options;
    try {
      await mkdir(folder, { recursive: true });
      for (const file of files) {
        const saved = file.toSave();
        if (saved !== undefined) await writeFileAtomic(this.#pathOf(file), print(file, saved));
      }
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        const fix = `make ${folder} writable, or name another folder`;
        logger.warn(
          { folder, err: error, fix },
          'cannot keep what is known on disk: a start without the registry would know nothing',
        );
      }
      this.#failing = true;
    }
  }

  #pathOf({ name }: { readonly name: string }): string {
    return join(this.#options.folder, `${name}.json`);
  }
}

function print({ subject }: AnswerFile<unknown>, { answer, savedAt }: SavedAnswer<unknown>): string {
  const { incarnation, revision, items } = answer;
  return `${JSON.stringify({ format: FORMAT, subject, savedAt, incarnation, revision, items }, undefined, 2)}\n`;
}

type Parsed<Item> =
  { readonly ok: true; readonly saved: SavedAnswer<Item> } | { readonly ok: false; readonly reason: string };

function parse<Item>(text: string, file: AnswerFile<Item>): Parsed<Item> {
  if (text.length > FILE_BYTES_MAX) return { ok: false, reason: `it is larger than ${FILE_BYTES_MAX} bytes` };
  const schema = z.object({
    format: z.literal(FORMAT),
    subject: z.literal(file.subject),
    savedAt: z.int().min(0),
    incarnation: z.string().max(256),
    revision: z.int().min(0),
    items: file.items,
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: String(error) };
  }
  const { success, data, error } = schema.safeParse(json);
  if (!success) return { ok: false, reason: z.prettifyError(error) };
  const { savedAt, ...answer } = data;
  const { items, revision, incarnation } = answer;
  return { ok: true, saved: { answer: { items, revision, incarnation }, savedAt: epochMillis(savedAt) } };
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
