/** Bytes that come in chunks, in pieces of the size that is asked for. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array, unknown>;
  #rest: Buffer = Buffer.alloc(0);
  #position = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Of all that was taken. */
  get position(): number {
    return this.#position;
  }

  /** @returns fewer bytes only at the end */
  async take(bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [this.#rest];
    let gathered = this.#rest.length;
    while (gathered < bytes) {
      const { done, value } = await this.#chunks.next();
      if (done === true) break;
      pieces.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      gathered += value.length;
    }
    const all = pieces.length === 1 ? this.#rest : Buffer.concat(pieces);
    const taken = all.subarray(0, bytes);
    this.#rest = all.subarray(bytes);
    this.#position += taken.length;
    return taken;
  }

  /** Whoever gave the chunks is told that nothing more is wanted. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
