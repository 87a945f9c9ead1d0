import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** gRPC's prefix: not compressed, and the length of the message. */
const PREFIX_BYTES = 5;

/** Files with the content of a request, for h2load. */
export class EchoBodies implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async write(sizes: readonly number[]): Promise<EchoBodies> {
    const bodies = new EchoBodies(await mkdtemp(join(tmpdir(), 'portolan-bench-')));
    for (const size of sizes) {
      const body = Buffer.alloc(PREFIX_BYTES + size, 'portolan');
      body.writeUInt8(0, 0);
      body.writeUInt32BE(size, 1);
      await writeFile(bodies.file(size), body);
    }
    return bodies;
  }

  file(size: number): string {
    return join(this.#folder, `${size}.bin`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
