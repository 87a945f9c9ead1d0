import { revision } from '@portolan/kv';
import { Client } from './client.ts';
import { USER } from './operations.ts';
import { anyMember, sleep, type Scene } from './scene.ts';

const PAUSE_MS_MAX = 4_000;
/** So much of the history is left, at most. */
const KEPT_MAX = 40;

/** Forgets history, as an operator does. */
export class CompactionClient {
  readonly #client: Client;
  readonly #scene: Scene;

  constructor(scene: Scene, name: string) {
    this.#scene = scene;
    this.#client = new Client(scene, name);
    void this.#run();
  }

  async #run(): Promise<void> {
    const { rng, isStopped, chronicle, coverage } = this.#scene;
    while (!isStopped()) {
      await sleep(this.#scene, 1 + rng.below(PAUSE_MS_MAX));
      const member = anyMember(this.#scene);
      if (member === undefined) continue;
      const at = revision(Math.max(1, chronicle.revision - rng.below(KEPT_MAX)));
      const outcome = await this.#client.ask(member, `compact ${at}`, (store) =>
        store.compact({ ...USER, revision: at }),
      );
      if (outcome.kind === 'answered') coverage.count('compactions asked for');
    }
  }
}
