import type { Command } from '../machine/command.ts';
import { putsAlone } from '../plain-put.ts';
import { decodeCommand, encodeCommand } from './command-codec.ts';
import { encodePuts, type Encoded } from './encode-puts.ts';
import { EntryBuffer } from './entry-buffer.ts';

/** Writes commands as entries of the log. */
export class EntryWriter {
  readonly #buffer = new EntryBuffer();

  /**
   * What cannot be read must not come into the log: each member would stop at it, and again whenever it is started.
   * @throws UnknownCommandError, MalformedCommandError
   */
  write(command: Command): Encoded {
    const encoded = this.#writePuts(command);
    if (encoded !== undefined) return encoded;
    const data = encodeCommand(command);
    return { data, command: decodeCommand(data) };
  }

  #writePuts(command: Command): Encoded | undefined {
    if (command.kind !== 'txn') return undefined;
    const puts = putsAlone(command.txn);
    return puts && encodePuts(puts, command.idempotency, this.#buffer);
  }
}
