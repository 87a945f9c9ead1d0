import { createSeededRng, type Rng } from '@portolan/kernel';
import { COMMAND_FORMAT } from '@portolan/kv';
import {
  CLOCK_DRIFT_MAX,
  LAN,
  planFaults,
  runFaults,
  SSD_TIMES,
  type DiskTimes,
  type FaultLimits,
  type FaultTiming,
} from '@portolan/virtual-world';
import type { Run, RunOptions } from '../cores.ts';
import type { Film } from '../film.ts';
import { ClusterTarget, type Ground } from '../raft/cluster-target.ts';
import { LEADER } from '../raft/faults.ts';
import { Operator } from '../raft/operator.ts';
import { Violation } from '../violation.ts';
import { Chronicle } from './chronicle.ts';
import { KvCoverage } from './coverage.ts';
import { drawChanges, MEMBERS_MAX } from './draw-changes.ts';
import { Era, type EraOptions } from './era.ts';
import { judgeCluster, judgeHistory, judgeLeases, judgeWatches } from './judge.ts';
import { judgeFormats } from './judge-formats.ts';
import { KV_FAULTS } from './kv-faults.ts';
import { playRestored, RESTORED_CLUSTER_ID } from './restored-era.ts';
import { VersionOperator } from './version-operator.ts';
import { OLD_FORMAT, Versions } from './versions.ts';

/** Of the world: faults for so long, then everything is mended and clients go on; then they stop, and leases end. */
const FAULTS_MS = 18_000;
const RECOVERY_MS = 5_000;
/** The longest lease after the last keep-alive, as its judge sees it, and time to agree on its end. */
const QUIET_MS = 8_000;
/** A fault every 0.4 s of half of the kinds: several last at once. */
const TIMING: FaultTiming = { intervalMs: { min: 400, max: 8_000 }, lengthMs: { min: 300, max: 3_000 } };
/** An operation on a disk that is 1000 times slower outlasts a world. Leases rely on clocks that are no worse than bad ones are. */
const FAULT_LIMITS: FaultLimits = { slowness: { min: 2, max: 20 }, clockDriftMax: CLOCK_DRIFT_MAX };
const FASTEST_RATE = 1 + CLOCK_DRIFT_MAX;
/** Before a failure. */
const EVENTS_TOLD = 60;
const COMPARE_STATES_MS = 2_000;
/** Small, so that seconds see what takes hours in production. */
const MEMBER = {
  segmentBytes: 4_096,
  answerTimeoutMs: 2_000,
  tickMs: 50,
};
/** Often, and with little of the log behind it: who was away for a moment is sent one; or so that most are not. */
const SNAPSHOTS = [
  { entries: 30, keepEntries: 3, keepSnapshots: 2 },
  { entries: 60, keepEntries: 15, keepSnapshots: 2 },
] as const;
/** Ten ticks. */
const ELECTION_TIMEOUT_MS = 500;
/** Syncs that take long show what relies on one that has not ended. */
const SLOW_SYNCS: DiskTimes = {
  operation: SSD_TIMES.operation,
  sync: { minMs: 2, maxMs: 30, tailChance: 0.05, tailMaxMs: 300 },
};
const AUTO_COMPACTION = { keepChanges: 30, keepBytes: 1_000_000 };
const PROGRESS_INTERVAL_MS = 600;
/** Less than the few keys of clients may come to; or more than they ever do. */
const QUOTAS = [{ quotaBytes: 30, catalogQuotaBytes: 60 }, { quotaBytes: 10_000 }, { quotaBytes: 10_000 }] as const;

/** Stores over Raft, one seed: clients, operators and faults on a virtual world, checked at every step and at the end. */
export async function simulateKv(options: RunOptions): Promise<Run> {
  const simulation = new Simulation(options);
  return simulation.run();
}

/** It was to be seen up to here. */
class WorldEnded extends Error {
  override readonly name = 'WorldEnded';
}

/** What a seed has drawn for its world. */
interface Kind {
  /** Members that it begins with. */
  readonly size: number;
  readonly isAutoCompacting: boolean;
  readonly isRaisingAlarms: boolean;
  /** Members begin with the version before. */
  readonly isUpgrading: boolean;
  /** And the last of them ends so. */
  readonly isUpgraded: boolean;
  readonly isRestoring: boolean;
}

class Simulation {
  readonly #untilMs: number;
  readonly #film: Film | undefined;
  readonly #rng: Rng;
  readonly #kind: Kind;
  readonly #cluster: EraOptions['cluster'];
  readonly #coverage = new KvCoverage();
  readonly #versions: Versions;
  readonly #era: Era;

  constructor({ seed, untilMs = Number.POSITIVE_INFINITY, film }: RunOptions) {
    this.#untilMs = untilMs;
    this.#film = film;
    const rng = createSeededRng(seed);
    this.#rng = rng;
    this.#kind = {
      size: rng.below(4) === 0 ? 5 : 3,
      isAutoCompacting: rng.below(2) === 0,
      isRaisingAlarms: rng.below(2) === 0,
      isUpgrading: rng.below(2) === 0,
      isUpgraded: rng.below(3) > 0,
      isRestoring: rng.below(4) === 0,
    };
    this.#cluster = {
      seed,
      member: { ...MEMBER, snapshots: SNAPSHOTS[rng.below(SNAPSHOTS.length)] ?? SNAPSHOTS[0] },
      leaseGraceMs: ELECTION_TIMEOUT_MS,
      diskTimes: rng.below(3) === 0 ? SLOW_SYNCS : SSD_TIMES,
      store: {
        autoCompaction: this.#kind.isAutoCompacting ? AUTO_COMPACTION : 'off',
        progressIntervalMs: PROGRESS_INTERVAL_MS,
        limits: QUOTAS[rng.below(QUOTAS.length)] ?? QUOTAS[1],
      },
    };
    const { isUpgrading, size } = this.#kind;
    this.#versions = new Versions((id) => (isUpgrading && id <= size ? OLD_FORMAT : COMMAND_FORMAT));
    this.#era = this.#begin({
      chronicle: (tell) => new Chronicle(tell),
      onMessage: (from, to) => {
        this.#versions.sent(from, to);
      },
      cluster: {
        ...this.#cluster,
        knows: (id) => this.#versions.begins(id),
        formatOf: (id, other) => this.#versions.told(id, other),
      },
    });
  }

  async run(): Promise<Run> {
    const { world } = this.#era.cluster;
    let violation: Violation | undefined;
    try {
      await this.#play();
    } catch (error) {
      if (error instanceof Violation) violation = error;
      else if (!(error instanceof WorldEnded)) throw error;
    }
    return {
      coverage: this.#coverage.counts,
      simulatedMs: world.clock.now(),
      violation,
      events: world.log.lines(EVENTS_TOLD),
    };
  }

  #begin(options: Pick<EraOptions, 'chronicle' | 'onMessage' | 'cluster'>): Era {
    return new Era({
      ...options,
      rng: this.#rng,
      coverage: this.#coverage,
      film: this.#film,
      fastestRate: FASTEST_RATE,
    });
  }

  async #play(): Promise<void> {
    const era = this.#era;
    const { raft, world, ids } = era.cluster;
    const { isAutoCompacting, isRaisingAlarms, isUpgrading, isUpgraded, isRestoring, size } = this.#kind;
    const first = raft.bootstrap(size);
    this.#breakThings([LEADER, ...first.slice(1).map((_, index) => `m${index + 1}`)]);
    const clients = era.start({
      era: '',
      isCompacting: !isAutoCompacting,
      isRaisingAlarms,
      isBackingUpAlarms: isRestoring,
      firstLessee: 1,
    });
    const { rng } = world;
    const [versions, coverage] = [this.#versions, this.#coverage];
    const operator = new Operator({
      world,
      members: raft,
      rng,
      membersMax: MEMBERS_MAX,
      draw: (status, join) => drawChanges(rng, status, join, (id) => versions.isOld(id)),
      onChange: (changes) => {
        if (changes.some(({ kind }) => kind === 'add-learner')) coverage.count('learners added');
      },
    });
    const upgrade = isUpgrading ? new VersionOperator({ cluster: era.cluster, versions, rng, coverage }) : undefined;
    await this.#advance(FAULTS_MS, era);
    operator.stop();
    upgrade?.stop();
    clients.alarms.stop();
    if (isUpgraded) upgrade?.finish();
    for (const id of ids) raft.restart(id);
    await this.#advance(RECOVERY_MS, era);
    era.stop();
    await this.#advance(QUIET_MS, era);
    this.#judge();
    if (!isRestoring) return;
    await playRestored({
      before: era,
      clients,
      rng,
      coverage,
      begin: (beginning) =>
        this.#begin({
          ...beginning,
          cluster: {
            ...this.#cluster,
            world,
            clusterId: RESTORED_CLUSTER_ID,
            formatOf: () => COMMAND_FORMAT,
          },
        }),
      advance: (ms, one) => this.#advance(ms, one),
    });
  }

  #breakThings(hosts: readonly string[]): void {
    const { cluster, network, cuts, ambushes } = this.#era;
    const { world } = cluster;
    const { clock, rng, log } = world;
    const ground: Ground = {
      world,
      members: cluster.raft,
      crash: cluster.crash.bind(cluster),
      clients: network.network,
      rng,
      coverage: this.#coverage,
      conditions: LAN,
      damaged: new Set(),
      cuts,
      ambushes,
    };
    const table = KV_FAULTS;
    const plan = planFaults({ rng, hosts, durationMs: FAULTS_MS, table, timing: TIMING, limits: FAULT_LIMITS });
    log.note(`nemesis  may ${plan.kinds.join(', ')}`);
    runFaults(plan, clock, () => new ClusterTarget(ground, hosts), log);
  }

  /** @throws Violation that the era has found, WorldEnded */
  async #advance(ms: number, era: Era): Promise<void> {
    const { clock } = era.cluster.world;
    const end = Math.min(clock.now() + ms, this.#untilMs);
    while (clock.now() < end) {
      await clock.advance(Math.min(COMPARE_STATES_MS, end - clock.now()), () => {
        if (era.violation !== undefined) throw era.violation;
      });
      if (ms >= COMPARE_STATES_MS) era.compareStates();
    }
    if (clock.now() >= this.#untilMs) throw new WorldEnded();
  }

  /** Leases first, then what clients saw: the plainer says more. */
  #judge(): void {
    const { cluster, chronicle, evidence, history, ledger, watchers } = this.#era;
    const members = judgeCluster(cluster);
    judgeLeases(ledger.living);
    const isRaised = judgeFormats(cluster, members, this.#versions);
    if (!isRaised) this.#coverage.count('clusters that stay at an older format');
    judgeWatches(
      chronicle.truth,
      watchers.flatMap((watcher) => watcher.streams(chronicle.revision, members)),
    );
    judgeHistory(history.operations, evidence, FASTEST_RATE);
  }
}
