import { basename } from 'node:path';
import type { Terminal } from '../terminal.ts';

const MIB = 1_048_576;
/** Read before anything is said, and between two times: less is over sooner than it is read. */
const TELL_EVERY_BYTES = 64 * MIB;
const CLEAR_LINE = '\r\u001b[K';

export interface ReadingProgress {
  /** More was read. */
  readonly read: (path: string, bytes: number) => void;
  /** Nothing more will be: the line is cleared. */
  readonly end: () => void;
}

/** On a terminal, one line that says how far reading has come; elsewhere nothing. */
export function readingProgress(stderr: Terminal['stderr']): ReadingProgress {
  let total = 0;
  let told = 0;
  return {
    read: (path, bytes) => {
      total += bytes;
      if (stderr.isTTY !== true || total - told < TELL_EVERY_BYTES) return;
      told = total;
      stderr.write(`${CLEAR_LINE}reading ${basename(path)}, ${Math.floor(total / MIB)} MiB so far`);
    },
    end: () => {
      if (told > 0) stderr.write(CLEAR_LINE);
    },
  };
}
