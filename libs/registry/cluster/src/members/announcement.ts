import { PortolanError, type Clock } from '@portolan/kernel';
import { sleep } from '@portolan/runtime';
import type { DataFolder } from '../folder/data-folder.ts';
import type { Member } from '../open-member.ts';
import type { MemberRecords } from './member-records.ts';

const RETRY_MS = 1_000;

/** Where clients reach a member. */
export interface ClientAddresses {
  /** `host:port`, of the native port. */
  readonly clientAddresses: readonly string[];
  /** Empty when it does not answer etcd's own clients. */
  readonly etcdUrls: readonly string[];
}

export interface AnnouncementOptions {
  readonly member: Pick<Member, 'membership'>;
  readonly records: MemberRecords;
  readonly folder: Pick<DataFolder, 'name' | 'nonce'>;
  readonly peerAddress: string | undefined;
  readonly clock: Clock;
}

/** @returns what tells the cluster where clients reach this member, until it is known or `signal` aborts */
export function announcement(
  options: AnnouncementOptions,
): (addresses: ClientAddresses, signal: AbortSignal) => Promise<void> {
  const { member, records, folder, peerAddress, clock } = options;
  const { name, nonce } = folder;
  const id = member.membership.memberId;
  return async ({ clientAddresses, etcdUrls }, signal) => {
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      try {
        const { members } = await records.read(false);
        const promote = members.get(id)?.promote ?? false;
        const peerAddresses = peerAddress === undefined ? [] : [peerAddress];
        if (await records.put({ id, name, nonce, peerAddresses, clientAddresses, etcdUrls, promote })) return;
      } catch (error) {
        if (!(error instanceof PortolanError)) throw error;
      }
      await sleep(clock, RETRY_MS, signal).catch(() => undefined);
    }
  };
}
