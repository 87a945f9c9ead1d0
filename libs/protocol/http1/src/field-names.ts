import { LOWER } from './character.ts';

/** A set of field names, made once and asked for each field of each message. Hot path: compares lengths before bytes. */
export class FieldNames {
  private readonly byLength: (readonly Uint8Array[] | undefined)[] = [];

  /** @param names in any case */
  constructor(...names: readonly string[]) {
    for (const name of names) {
      const bytes = Uint8Array.from(name.toLowerCase(), (character) => character.charCodeAt(0));
      this.byLength[name.length] = [...(this.byLength[name.length] ?? []), bytes];
    }
  }

  has(bytes: Uint8Array, start: number, end: number): boolean {
    const candidates = this.byLength[end - start];
    if (candidates === undefined) return false;
    for (const candidate of candidates) if (isSame(candidate, bytes, start)) return true;
    return false;
  }
}

function isSame(name: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if (LOWER[bytes[start + index] ?? 0] !== name[index]) return false;
  }
  return true;
}
