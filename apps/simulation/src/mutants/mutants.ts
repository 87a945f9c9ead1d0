import { ALARM_MUTANTS } from './alarm-mutants.ts';
import { ELECTION_MUTANTS } from './election-mutants.ts';
import { LEASE_MUTANTS } from './lease-mutants.ts';
import { MEMBERSHIP_MUTANTS } from './membership-mutants.ts';
import type { Mutant } from './mutant.ts';
import { READ_MUTANTS } from './read-mutants.ts';
import { REPLICATION_MUTANTS } from './replication-mutants.ts';
import { RESTORE_MUTANTS } from './restore-mutants.ts';
import { STORAGE_MUTANTS } from './storage-mutants.ts';
import { STORE_MUTANTS } from './store-mutants.ts';
import { WATCH_MUTANTS } from './watch-mutants.ts';

/** Bugs that were made somewhere, or could be: what is not found here would not be found in our own code either. */
export const MUTANTS = {
  ...ELECTION_MUTANTS,
  ...REPLICATION_MUTANTS,
  ...READ_MUTANTS,
  ...MEMBERSHIP_MUTANTS,
  ...STORAGE_MUTANTS,
  ...STORE_MUTANTS,
  ...LEASE_MUTANTS,
  ...WATCH_MUTANTS,
  ...RESTORE_MUTANTS,
  ...ALARM_MUTANTS,
} as const satisfies Readonly<Record<string, Mutant>>;

export type MutantName = keyof typeof MUTANTS;
export const MUTANT_NAMES: readonly MutantName[] = Object.keys(MUTANTS).filter((name): name is MutantName =>
  Object.hasOwn(MUTANTS, name),
);
