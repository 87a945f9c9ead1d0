export { abortable } from './abortable.ts';
export { assert, AssertionError, unreachable } from './assert.ts';
export type { Brand } from './brand.ts';
export { checkedInteger, UnsafeIntegerError } from './checked-integer.ts';
export { ERROR_KINDS, PortolanError, type ErrorContext, type ErrorDetails, type ErrorKind } from './portolan-error.ts';
export { ANONYMOUS, formatPrincipal, MalformedPrincipalError, parsePrincipal, type Principal } from './principal.ts';
export { createSeededRng, type Rng } from './rng.ts';
export { epochMillis, millis, type Clock, type EpochMillis, type Millis, type Timer } from './time.ts';
