import { membersOf } from './configuration.ts';
import { logIndex, NO_INDEX, type LogIndex, type MemberId } from './ids.ts';
import { InFlight } from './in-flight.ts';
import type { RaftLog } from './log.ts';
import type { BatchId } from './message.ts';
import type { RaftLimits } from './options.ts';
import { Progress } from './progress.ts';
import { ReadRounds } from './read-rounds.ts';

/** What only a leader knows, from its election to its end. */
export class Leader {
  readonly kind = 'leader';
  /** The others of the configuration. */
  readonly peers = new Map<MemberId, Progress>();
  readonly reads = new ReadRounds();
  /** Where this term begins in the log. */
  readonly firstIndex: LogIndex;
  /** What must be committed before it is established: an entry of its term, and all that it had proposed when it came into doubt. */
  establishedFrom: LogIndex;
  heartbeatElapsed = 0;
  quorumElapsed = 0;
  transfer: { readonly to: MemberId; ticks: number } | undefined = undefined;
  /** Of entries proposed in this term; the first of it, and those of earlier terms, are free. */
  uncommittedBytes = 0;
  /** The last batch that each member has forwarded: a duplicate would be proposed twice. */
  readonly forwarded = new Map<MemberId, BatchId>();
  readonly #self: MemberId;
  readonly #log: RaftLog;
  readonly #limits: RaftLimits;

  constructor(self: MemberId, log: RaftLog, limits: RaftLimits) {
    this.#self = self;
    this.#log = log;
    this.#limits = limits;
    this.firstIndex = logIndex(log.lastIndex + 1);
    this.establishedFrom = this.firstIndex;
    this.followConfiguration();
  }

  /** Who is new is probed from the end of the log, who has left is sent nothing more. */
  followConfiguration(): void {
    const members = membersOf(this.#log.configuration);
    // Who is new has a whole election timeout to answer: until then a check would find no quorum.
    this.quorumElapsed = 0;
    for (const id of this.peers.keys()) if (!members.includes(id)) this.peers.delete(id);
    for (const id of members) {
      if (id === this.#self || this.peers.has(id)) continue;
      const { inFlightAppendsMax, inFlightBytesMax } = this.#limits;
      const next = logIndex(this.#log.lastIndex + 1);
      this.peers.set(id, new Progress(next, new InFlight(inFlightAppendsMax, inFlightBytesMax)));
    }
  }

  /** Its own entries are there once they are durable: it counts itself no sooner (§10.2.1 of the thesis). */
  matchOf(id: MemberId): LogIndex {
    return id === this.#self ? this.#log.durable : (this.peers.get(id)?.match ?? NO_INDEX);
  }
}
