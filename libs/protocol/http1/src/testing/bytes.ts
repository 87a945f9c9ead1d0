/** Bytes of text, one a character. */
export const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Text with what is no visible ASCII escaped as in JSON. */
export const shown = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll(/[\x7f-\xff]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
