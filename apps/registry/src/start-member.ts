import { foundAlone, openMember, type DataFolder, type Member, type MemberOptions } from '@portolan/cluster';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import type { Logger } from '@portolan/telemetry';
import { logEvents } from './log-events.ts';

export interface StartMemberOptions {
  readonly folder: DataFolder;
  readonly store: MemberOptions['store'];
  readonly logger: Logger;
}

/** The member of `folder`, which founds a cluster of its own when it belongs to none. */
export async function startMember({ folder, store, logger }: StartMemberOptions): Promise<Member> {
  const membership = folder.membership ?? foundAlone(folder, undefined, rng);
  if (folder.membership === undefined) await folder.settle(membership);
  return openMember({
    folder,
    membership,
    store,
    transport: { send: () => undefined, sendSnapshot: () => Promise.reject(new Error('there is nobody else')) },
    clock,
    rng,
    onEvent: logEvents(logger),
    onFatal: endProcess,
  });
}

/** As an error that nobody caught: it is logged, and the process ends. What is in memory may not be what was promised. */
function endProcess(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
