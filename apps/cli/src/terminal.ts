/** What a command line writes to: `process` has it. */
export interface Terminal {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** Of the process. `unfit`: what was asked about was found, and is not as it should be; `refused`: there is no answer. */
export const EXIT = { ok: 0, unfit: 1, refused: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
