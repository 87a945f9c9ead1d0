import { isJoint, type MemberId } from '@portolan/raft';
import type { MemberEvent } from '@portolan/raft-driver';
import type { Envelope } from '@portolan/raft-driver/testing';
import type { VirtualWorld } from '@portolan/virtual-world';
import type { Film } from '../film.ts';
import type { Ground } from '../raft/cluster-target.ts';
import { momentOf } from '../raft/faults.ts';
import type { KvCoverage } from './coverage.ts';

export interface MemberEventsOptions extends Pick<Ground, 'ambushes'> {
  readonly world: VirtualWorld<Envelope>;
  readonly film: Film | undefined;
  readonly coverage: KvCoverage;
  readonly hasLeases: () => boolean;
  readonly isWatched: (id: MemberId) => boolean;
}

/** What members do, for the log, the film, the coverage, and whoever waits for it in ambush. */
export class MemberEvents {
  readonly #options: MemberEventsOptions;

  constructor(options: MemberEventsOptions) {
    this.#options = options;
  }

  sent(envelope: Envelope): void {
    if (envelope.kind !== 'raft') return;
    const { world, film } = this.#options;
    film?.add({ atMs: world.clock.now(), ...envelope.message });
    this.#ambush(envelope.message.from, `sent ${envelope.message.kind}`);
  }

  happened(id: MemberId, event: MemberEvent): void {
    const { world, film, coverage, hasLeases, isWatched } = this.#options;
    film?.add({ atMs: world.clock.now(), member: id, ...event });
    this.#ambush(id, momentOf(event));
    switch (event.kind) {
      case 'became':
        world.log.note(`n${id}  becomes ${event.role} in term ${event.term}: ${event.why}`);
        if (event.role === 'leader') coverage.count('elections');
        break;
      case 'leadership':
        if (event.leadership.isEstablished && hasLeases()) {
          coverage.count('leases carried over a leader change');
        }
        break;
      case 'installing':
        coverage.count('snapshots installed');
        if (isWatched(id)) coverage.count('watches that a snapshot overtook');
        world.log.note(`n${id}  installs the snapshot at ${event.term}/${event.index}`);
        break;
      case 'reconfigured':
        if (isJoint(event.configuration)) coverage.count('changes of voters');
        break;
      case 'transfer':
        if (event.outcome === 'asked') coverage.count('transfers of leadership');
        break;
      case 'snapshot-saved':
        coverage.count('snapshots taken');
        break;
      default:
        break;
    }
  }

  #ambush(id: MemberId, moment: string): void {
    const { ambushes } = this.#options;
    for (const ambush of ambushes) if (ambush(id, moment)) ambushes.delete(ambush);
  }
}
