import { StringDecoder } from 'node:string_decoder';
import { MalformedJsonError } from './malformed-json-error.ts';

/** JSON objects one after the other, as they come: what the body of a stream of requests is. */
export class JsonObjects {
  readonly #decoder = new StringDecoder('utf8');
  #text = '';
  /** Up to here it was looked at. */
  #at = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** @returns what is whole now. @throws MalformedJsonError */
  push(bytes: Buffer): unknown[] {
    this.#text += this.#decoder.write(bytes);
    const whole: unknown[] = [];
    for (; this.#at < this.#text.length; this.#at += 1) {
      if (!this.#closesAt(this.#text.charAt(this.#at))) continue;
      whole.push(parse(this.#text.slice(0, this.#at + 1)));
      this.#text = this.#text.slice(this.#at + 1);
      this.#at = -1;
    }
    return whole;
  }

  /** Nothing comes any more. @throws MalformedJsonError when something is left over */
  end(): void {
    if (this.#text.trim() !== '') parse(this.#text);
  }

  get size(): number {
    return this.#text.length;
  }

  /** @returns whether the outermost object ends with it */
  #closesAt(character: string): boolean {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (character === '\\') this.#isEscaped = true;
      else if (character === '"') this.#isInString = false;
      return false;
    }
    if (character === '"') this.#isInString = true;
    else if (character === '{' || character === '[') this.#depth += 1;
    else if (character === '}' || character === ']') {
      this.#depth -= 1;
      return this.#depth <= 0;
    }
    return false;
  }
}

/** @throws MalformedJsonError */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MalformedJsonError(error instanceof Error ? error.message : 'this is no JSON');
  }
}
