import type { Model } from '../model.ts';
import type { Renewed } from './lease-expiries.ts';

/** Leases and the keys attached to them; a key belongs to one lease all its life. */
export type LeaseInput =
  | { readonly kind: 'grant' | 'keep-alive'; readonly lease: string; readonly ttlMs: number }
  | { readonly kind: 'revoke'; readonly lease: string }
  | { readonly kind: 'attach' | 'read'; readonly lease: string; readonly key: string };

/** `no-lease`, `lease-exists`: refused. `present`, `absent`: what a read of the key saw. */
export type LeaseOutput = 'ok' | 'no-lease' | 'lease-exists' | 'present' | 'absent';

export interface LeaseState {
  /** The grant or keep-alive that renewed it last; `undefined`: there is no such lease. */
  readonly renewal: number | undefined;
  readonly keys: readonly string[];
}

const ENDED: LeaseState = { renewal: undefined, keys: [] };

/**
 * A key lives as long as its lease, which lives until it is revoked, or, its time to live over, expires: never before that.
 * The history must have gone through `withExpiries`.
 */
export const leaseModel: Model<LeaseState, Renewed<LeaseInput>, LeaseOutput> = {
  initial: ENDED,
  step: (state, input, answer) => {
    const next = stepped(state, input);
    if (next === undefined) return [];
    return answer === 'unknown' || answer.output === next.output ? [next.state] : [];
  },
  key: ({ renewal, keys }) => (renewal === undefined ? 'no lease' : `lease renewed by ${renewal}, keys ${keys.join()}`),
  isRead: ({ kind }) => kind === 'read',
  partOf: ({ lease }) => lease,
  describeInput: (input) =>
    input.kind === 'expire' ? `(${input.lease} expires)` : Object.values(input).slice(0, 3).join(' '),
  describeOutput: (output) => output,
};

/** `undefined`: it cannot happen in this state. */
function stepped(
  state: LeaseState,
  input: Renewed<LeaseInput>,
): { readonly state: LeaseState; readonly output: LeaseOutput } | undefined {
  const isGranted = state.renewal !== undefined;
  switch (input.kind) {
    case 'grant':
      if (isGranted) return { state, output: 'lease-exists' };
      return { state: { renewal: input.renewal ?? 0, keys: [] }, output: 'ok' };
    case 'keep-alive':
      if (!isGranted) return { state, output: 'no-lease' };
      return { state: { ...state, renewal: input.renewal ?? 0 }, output: 'ok' };
    case 'attach':
      if (!isGranted) return { state, output: 'no-lease' };
      return { state: { ...state, keys: [...new Set([...state.keys, input.key])].sort() }, output: 'ok' };
    case 'revoke':
      return { state: ENDED, output: isGranted ? 'ok' : 'no-lease' };
    case 'read':
      return { state, output: state.keys.includes(input.key) ? 'present' : 'absent' };
    case 'expire':
      return state.renewal === input.renewal ? { state: ENDED, output: 'ok' } : undefined;
  }
}
