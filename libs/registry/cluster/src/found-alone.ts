import type { Rng } from '@portolan/kernel';
import { memberId } from '@portolan/raft';
import type { DataFolder } from './folder/data-folder.ts';
import type { Membership } from './folder/member-file.ts';
import { drawId } from './draw-id.ts';

/** A new cluster with one member, which can be joined. Nobody is asked. */
export function foundAlone({ name }: Pick<DataFolder, 'name'>, peerAddress: string | undefined, rng: Rng): Membership {
  const id = memberId(drawId(rng));
  return { clusterId: drawId(rng), generation: 0, memberId: id, founders: [{ id, name, peerAddress }] };
}
