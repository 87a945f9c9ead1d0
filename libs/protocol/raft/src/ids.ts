import type { Brand } from '@portolan/kernel';

/** A member of the cluster, for ever: never reused, and never its address. */
export type MemberId = Brand<bigint, 'MemberId'>;
/** Logical time of elections; at most one leader each (§5.1). Whole, ≤ 2^53 − 1; 0 before the first election. */
export type Term = Brand<number, 'Term'>;
/** Position in the log, from 1; 0 is before the first entry. Whole, ≤ 2^53 − 1. */
export type LogIndex = Brand<number, 'LogIndex'>;

/** Brands only: who decodes a value from disk or wire checks it first (`checkedInteger`). */
export const memberId = (value: bigint): MemberId => value as MemberId;
export const term = (value: number): Term => value as Term;
export const logIndex = (value: number): LogIndex => value as LogIndex;

export const NO_TERM = term(0);
export const NO_INDEX = logIndex(0);
