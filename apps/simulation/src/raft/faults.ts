import { assert } from '@portolan/kernel';
import type { MemberEvent } from '@portolan/raft-driver';
import { FAULTS, type FaultRow, type NemesisTarget } from '@portolan/virtual-world';

/** For a plan: whoever leads when the fault starts. */
export const LEADER = 'leader';

/** Power or links fail at a member that has just done something, and are back a while later. */
export interface Ambush {
  /** As `momentOf` and `sent …` name it. */
  readonly moment: string;
  readonly deed: 'crash' | 'cut off';
  /** Both are drawn for each, and most are short; a third come at once. */
  readonly delayMsMax: number;
  readonly downMsMax: number;
  /** How many it gets, while it lasts. */
  readonly times: number;
}

/** What can be done to a Raft cluster besides. */
export interface RaftTarget extends NemesisTarget {
  layAmbush(ambush: Ambush): void;
  endAmbush(): void;
  /** One bit of what `host` has written last is another, so far into it, and its power fails. No more than one member of a cluster. */
  damageLog(host: string, position: number, bit: number): void;
}

const FOREVER = Number.POSITIVE_INFINITY;

/** What only a cluster with a leader, and a log, can suffer. */
const RAFT_FAULTS = {
  'cut-off-leader': {
    summary: 'the leader hears nobody, or is not heard, or both',
    draw: (rng) => FAULTS['black-hole'].draw(rng, [LEADER]),
  },
  'pause-leader': {
    summary: 'the leader is stopped, and goes on later as if it still led',
    draw: (rng) => FAULTS.pause.draw(rng, [LEADER]),
  },
  'hung-leader-disk': {
    summary: 'nothing completes on the disk of the leader',
    draw: (rng) => FAULTS['hung-disk'].draw(rng, [LEADER]),
  },
  ambush: {
    summary: 'power fails at a member just when it has promised, decided or changed something',
    draw: (rng) => {
      const moment = MOMENTS[rng.below(MOMENTS.length)];
      assert(moment !== undefined, 'there is a moment');
      return ambushing({ moment, deed: 'crash', delayMsMax: 50, downMsMax: 1_000, times: 1 + rng.below(4) });
    },
  },
  'hunted-leaders': {
    summary: 'each that comes to lead is cut off or loses power soon, with what it has not yet committed',
    draw: (rng) => {
      const deed = rng.below(3) === 0 ? 'crash' : 'cut off';
      const delayMsMax = 10 ** (3 * rng.float());
      return ambushing({ moment: 'became leader', deed, delayMsMax, downMsMax: 4_000, times: FOREVER });
    },
  },
  'hunted-voters': {
    summary: 'each that answers a candidate loses power, and is back before the election is over',
    draw: () =>
      ambushing({ moment: 'sent vote-response', deed: 'crash', delayMsMax: 1, downMsMax: 100, times: FOREVER }),
  },
  'bit-flip': {
    summary: 'a bit of a log is another: its member refuses to start, rather than forget what it has promised',
    draw: (rng, hosts) => {
      const host = hosts[rng.below(hosts.length)];
      assert(host !== undefined, 'a plan has hosts');
      const [position, bit] = [rng.float(), rng.below(8)];
      return {
        label: `bit flip on ${host}`,
        holds: [`life of ${host}`],
        start: (target) => {
          target.damageLog(host, position, bit);
        },
        end: (target) => {
          target.restart(host);
        },
      };
    },
  },
} as const satisfies Readonly<Record<string, FaultRow<RaftTarget>>>;

/** All that can happen to a cluster. */
export const CLUSTER_FAULTS: Readonly<Record<string, FaultRow<RaftTarget>>> = { ...FAULTS, ...RAFT_FAULTS };

/** What a member has just done, or sent, when it is ambushed. */
const MOMENTS = [
  'became candidate',
  'became leader',
  'became follower',
  'truncated',
  'reconfigured',
  'installing',
  'snapshot-saved',
  'sent vote',
  'sent vote-response',
  'sent appended',
  'sent append',
  'sent timeout-now',
  'sent forwarded',
] as const;

export const momentOf = (event: MemberEvent): string => (event.kind === 'became' ? `became ${event.role}` : event.kind);

function ambushing(ambush: Ambush): ReturnType<FaultRow<RaftTarget>['draw']> {
  return {
    label: `ambush: ${ambush.deed} who ${ambush.moment}`,
    holds: [],
    start: (target) => {
      target.layAmbush(ambush);
    },
    end: (target) => {
      target.endAmbush();
    },
  };
}
