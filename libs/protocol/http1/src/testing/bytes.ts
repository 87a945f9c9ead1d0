/** Bytes of text, one a character. */
export const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
