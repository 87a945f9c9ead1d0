import { memberId } from '@portolan/raft';
import { systemClock, systemRng } from '@portolan/runtime';
import { nodeDisk } from '@portolan/storage';
import type { RaftMemberOptions } from '../options.ts';
import { startRaft, type RaftMember } from '../raft-member.ts';
import type { StateMachine } from '../state-machine.ts';
import type { Transport } from '../transport.ts';

const ID = memberId(1n);

/** Of who has nobody to reach. */
export const NOBODY: Transport = {
  send: () => undefined,
  sendSnapshot: async () => Promise.reject(new Error('there is nobody else')),
};

/** The only member of cluster 1, on the real disk and the real clock. */
export function startLoneMember<Result>(
  folder: string,
  machine: StateMachine<Result>,
  options: Partial<RaftMemberOptions<Result>> = {},
): Promise<RaftMember<Result>> {
  return startRaft({
    clusterId: 1n,
    memberId: ID,
    start: { kind: 'bootstrap', members: [ID] },
    disk: nodeDisk,
    folder,
    machine,
    transport: NOBODY,
    clock: systemClock,
    rng: systemRng,
    onFatal: (error) => {
      throw error;
    },
    ...options,
  });
}
