import { StringDecoder } from 'node:string_decoder';
import { MalformedJsonError } from './malformed-json-error.ts';

const CODE = { quote: 0x22, backslash: 0x5c, list: 0x5b, listEnd: 0x5d, object: 0x7b, objectEnd: 0x7d } as const;

/** JSON objects one after the other, as they come: what the body of a stream of requests is. Each character is looked at once. */
export class JsonObjects {
  readonly #decoder = new StringDecoder('utf8');
  /** What has come of an object that is not whole yet. */
  readonly #head: string[] = [];
  #size = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** @returns what is whole now. @throws MalformedJsonError */
  push(bytes: Buffer): unknown[] {
    const text = this.#decoder.write(bytes);
    const whole: unknown[] = [];
    let start = 0;
    for (let at = 0; at < text.length; at += 1) {
      if (!this.#closesAt(text.charCodeAt(at))) continue;
      this.#keep(text.slice(start, at + 1));
      whole.push(parse(this.#take()));
      start = at + 1;
    }
    this.#keep(text.slice(start));
    return whole;
  }

  /** Nothing comes any more. @throws MalformedJsonError when something is left over */
  end(): void {
    const text = this.#take();
    if (text.trim() !== '') parse(text);
  }

  /** Characters of what is not whole. */
  get size(): number {
    return this.#size;
  }

  #keep(text: string): void {
    if (text === '') return;
    this.#head.push(text);
    this.#size += text.length;
  }

  #take(): string {
    const text = this.#head.join('');
    this.#head.length = 0;
    this.#size = 0;
    return text;
  }

  /** @returns whether the outermost object ends with it */
  #closesAt(code: number): boolean {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (code === CODE.backslash) this.#isEscaped = true;
      else if (code === CODE.quote) this.#isInString = false;
      return false;
    }
    if (code === CODE.quote) this.#isInString = true;
    else if (code === CODE.object || code === CODE.list) this.#depth += 1;
    else if (code === CODE.objectEnd || code === CODE.listEnd) {
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
