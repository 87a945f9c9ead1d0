import type { Log, OpenLog } from './log.ts';

/** One member that always leads and forgets everything when it stops. */
export const openInProcessLog: OpenLog = (apply): Log => {
  const term = 1;
  const memberId = 1n;
  let index = 0;
  return {
    async propose(command) {
      index += 1;
      return apply({ index, term, command });
    },
    readBarrier: () => Promise.resolve(),
    leadership: () => ({ term, memberId, leaderId: memberId }),
  };
};
