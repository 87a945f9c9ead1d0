/** What the bench uses of `hpack.js` 2.1, which has no types: two streams. */
declare module 'hpack.js' {
  interface Field {
    readonly name: string;
    readonly value: string;
  }
  interface Options {
    readonly table: { readonly maxSize: number };
  }
  const hpack: {
    readonly compressor: {
      create(options: Options): { write(fields: readonly Field[]): boolean; read(): Buffer | null };
    };
    readonly decompressor: {
      create(options: Options): { write(block: Buffer): boolean; execute(): void; read(): Field | null };
    };
  };
  export = hpack;
}
