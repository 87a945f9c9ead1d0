/** One seeded bug, as edits of the sources: applied to a copy, it must be found by its worlds. */
export interface Mutant {
  /** What goes wrong, and where it went wrong before. */
  readonly story: string;
  readonly edits: readonly Edit[];
}

export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Must be there exactly once: a mutant whose source has changed says so, and proves nothing. */
  readonly find: string;
  readonly replace: string;
}

const PROJECTS = {
  raft: 'libs/protocol/raft/src',
  driver: 'libs/driver/raft/src',
  storage: 'libs/platform/storage/src',
  kv: 'libs/registry/kv/src',
} as const;

/** @param file in the sources of the project */
export function edit(project: keyof typeof PROJECTS, file: string, find: string, replace: string): Edit {
  return { file: `${PROJECTS[project]}/${file}`, find, replace };
}
