import { PortolanError } from '@portolan/kernel';
import type { EmbeddedStore } from '@portolan/kv';
import { writeBackupFile, type BackupHeader } from '@portolan/kv/backup';
import type { VirtualHost } from '@portolan/virtual-world';
import { Violation } from '../violation.ts';
import { Client } from './client.ts';
import { USER } from './operations.ts';
import { anyMember, sleep, type Scene } from './scene.ts';

const PAUSE_MS_MAX = 4_000;
/** Between two pieces of a backup: others write meanwhile. */
const PIECE_MS_MAX = 150;

export const BACKUP_WHOLE = 'A backup is the state at one index';

export interface BackupFile {
  readonly path: string;
  readonly header: BackupHeader;
}

/** Takes backups of whichever member runs. */
export class BackupClient {
  readonly #client: Client;
  readonly #scene: Scene;
  readonly #files: BackupFile[] = [];
  #asked = 0;

  constructor(scene: Scene, name: string) {
    this.#scene = scene;
    this.#client = new Client(scene, name);
    void this.#run();
  }

  /** Where the files are. */
  get host(): VirtualHost {
    return this.#client.host;
  }

  /** The oldest first; each whole. */
  get files(): readonly BackupFile[] {
    return this.#files;
  }

  async #run(): Promise<void> {
    const { rng, isStopped } = this.#scene;
    while (!isStopped()) {
      await sleep(this.#scene, 1 + rng.below(PAUSE_MS_MAX));
      await this.take();
    }
  }

  /** One now, if whoever is asked answers. */
  async take(): Promise<void> {
    const member = anyMember(this.#scene);
    if (member === undefined) return;
    const outcome = await this.#client.ask(member, 'backup', (store) => this.#read(store));
    if (outcome.kind === 'answered') await this.#keep(outcome.value);
  }

  async #read(store: EmbeddedStore): Promise<readonly Uint8Array[]> {
    const { rng } = this.#scene;
    const pieces: Uint8Array[] = [];
    for await (const piece of store.admin.backup(USER, new AbortController().signal)) {
      pieces.push(Uint8Array.from(piece));
      await sleep(this.#scene, rng.below(PIECE_MS_MAX));
    }
    return pieces;
  }

  async #keep(pieces: readonly Uint8Array[]): Promise<void> {
    const { check, coverage } = this.#scene;
    this.#asked += 1;
    const path = `/backup-${this.#asked}`;
    try {
      const { header } = await writeBackupFile(this.host.disk, path, inTurn(pieces));
      this.#files.push({ path, header });
      coverage.count('backups taken');
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      check(() => {
        throw new Violation(BACKUP_WHOLE, `what a member gave is none: ${error.message}`);
      });
    }
  }
}

async function* inTurn(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces;
}
