import type { Clock, Timer } from '@portolan/kernel';
import type { AnswerFile, AnswerFiles } from '../disk/answer-files.ts';
import type { DiscoveryLogger } from '../discovery.ts';
import { DiscoveryClosedError, QueryRefusedError } from '../errors.ts';
import type { RegistryLink } from '../registry/registry-link.ts';
import type { Subscription, WatchStream } from '../watching/watch-stream.ts';
import { KnownItems } from './known-items.ts';
import type { Question } from './questions.ts';

/** How long a registry that may be there has to answer before the disk is believed. */
export const DISK_PATIENCE_MS = 500;

export interface KnownPartOptions {
  readonly link: RegistryLink;
  readonly watch: WatchStream;
  readonly files: AnswerFiles | undefined;
  readonly clock: Clock;
  readonly logger: DiscoveryLogger;
}

/** One question that is kept answered: by the watch, and by the disk until the registry answers. */
export class KnownPart<Item> {
  readonly items: KnownItems<Item>;
  readonly #question: Question<Item>;
  readonly #options: KnownPartOptions;
  readonly #unsubscribe: () => void;
  readonly #file: AnswerFile<Item> | undefined;
  #impatient: Timer | undefined;
  #unlink: () => void = () => undefined;

  constructor(question: Question<Item>, options: KnownPartOptions) {
    this.#question = question;
    this.#options = options;
    this.items = new KnownItems(question.kind, options.clock);
    this.#file = this.#keep();
    this.#unsubscribe = options.watch.subscribe({
      subject: question.subject,
      name: question.name,
      answered: (update) => {
        this.#answered(update);
      },
      refused: (detail) => {
        this.items.refused(new QueryRefusedError(question.name, detail));
      },
      interrupted: () => {
        this.items.interrupted();
      },
    });
  }

  dispose(): void {
    this.#stopWaiting();
    this.#unsubscribe();
    if (this.#file !== undefined) this.#options.files?.forget(this.#file);
    this.items.dispose(new DiscoveryClosedError());
  }

  #answered(update: Parameters<Subscription['answered']>[0]): void {
    try {
      const answer = this.#question.decode(update);
      if (answer !== undefined) this.items.accept(answer);
    } catch (error) {
      this.#options.logger.error(
        { subject: this.#question.name, err: error },
        'the registry gave an answer that is none',
      );
    }
  }

  #keep(): AnswerFile<Item> | undefined {
    const { files, link, clock } = this.#options;
    const { fileName, key, items } = this.#question;
    if (files === undefined || fileName === undefined) return undefined;
    const file: AnswerFile<Item> = {
      name: fileName,
      subject: key,
      items,
      toSave: () => this.items.toSave(),
    };
    this.items.subscribe(() => {
      files.changed(file);
    });
    const read = files.read(file);
    const restore = (): void => {
      this.#stopWaiting();
      void read.then((saved) => {
        if (saved !== undefined) this.items.restore(saved);
      });
    };
    if (link.state === 'away') {
      restore();
      return file;
    }
    this.#impatient = clock.after(DISK_PATIENCE_MS, restore);
    this.#unlink = link.subscribe(() => {
      if (link.state === 'away') restore();
    });
    return file;
  }

  #stopWaiting(): void {
    this.#impatient?.cancel();
    this.#unlink();
  }
}
