import type { Command } from '../machine/command.ts';
import { plainPutOf } from '../plain-put.ts';
import { decodeCommand, encodeCommand } from './command-codec.ts';
import { encodePut, type Encoded } from './encode-put.ts';
import { EntryBuffer } from './entry-buffer.ts';

/** Writes commands as entries of the log. */
export class EntryWriter {
  readonly #buffer = new EntryBuffer();

  /**
   * What cannot be read must not come into the log: each member would stop at it, and again whenever it is started.
   * @throws UnknownCommandError, MalformedCommandError
   */
  write(command: Command): Encoded {
    const put = command.kind === 'txn' && command.idempotency === undefined ? plainPutOf(command.txn) : undefined;
    const encoded = put && encodePut(put, this.#buffer);
    if (encoded !== undefined) return encoded;
    const data = encodeCommand(command);
    return { data, command: decodeCommand(data) };
  }
}
