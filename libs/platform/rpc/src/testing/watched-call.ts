import type { CallContext } from '../call.ts';

/** What a test waits for that a handler sees: its call begin, and be aborted. */
export interface WatchedCall {
  readonly begun: Promise<undefined>;
  /** The reason. */
  readonly ended: Promise<unknown>;
  /** For the handler to call first. */
  readonly watch: (call: CallContext) => void;
}

export function watchedCall(): WatchedCall {
  const begun = Promise.withResolvers<undefined>();
  const ended = Promise.withResolvers<unknown>();
  const watch = ({ signal }: CallContext): void => {
    signal.addEventListener('abort', () => {
      ended.resolve(signal.reason);
    });
    begun.resolve(undefined);
  };
  return { begun: begun.promise, ended: ended.promise, watch };
}
