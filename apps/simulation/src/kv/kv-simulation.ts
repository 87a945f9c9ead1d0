import { AssertionError, createSeededRng } from '@portolan/kernel';
import { KvCluster } from '@portolan/kv/testing';
import type { MemberId } from '@portolan/raft';
import { DiskError, WalFailedError } from '@portolan/storage';
import {
  CLOCK_DRIFT_MAX,
  History,
  LAN,
  planFaults,
  runFaults,
  SSD_TIMES,
  type Cut,
  type DiskTimes,
  type FaultLimits,
  type FaultTiming,
  type KvInput,
  type KvOutput,
} from '@portolan/virtual-world';
import type { Run, RunOptions } from '../cores.ts';
import type { Film } from '../film.ts';
import { LEADER } from '../raft/faults.ts';
import { Violation } from '../violation.ts';
import { Chronicle, type Happening } from './chronicle.ts';
import { ClientNetwork } from './client-network.ts';
import { KvCoverage } from './coverage.ts';
import { Evidence } from './evidence.ts';
import { judgeCluster, judgeHistory, judgeLeases, judgeWatches } from './judge.ts';
import { KvOperator } from './kv-operator.ts';
import { KV_FAULTS, KvTarget, type KvGround } from './kv-target.ts';
import { LeaseLedger } from './lease-ledger.ts';
import { MemberEvents } from './member-events.ts';
import type { Scene } from './scene.ts';
import { StateHashes } from './state-hashes.ts';
import { startClients } from './start-clients.ts';
import type { WatchClient } from './watch-client.ts';

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
/** As a supervisor does with a process that ended. */
const RESTART_MS = 1_000;
const COMPARE_STATES_MS = 700;
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

/** Stores over Raft, one seed: clients, operators and faults on a virtual world, checked at every step and at the end. */
export async function simulateKv(options: RunOptions): Promise<Run> {
  const simulation = new Simulation(options);
  return simulation.run();
}

class Simulation {
  readonly #untilMs: number;
  readonly #film: Film | undefined;
  readonly #cluster: KvCluster;
  readonly #clients: ClientNetwork;
  readonly #history: History<KvInput, KvOutput>;
  readonly #chronicle: Chronicle;
  readonly #ledger = new LeaseLedger(FASTEST_RATE);
  readonly #evidence = new Evidence();
  readonly #hashes = new StateHashes();
  readonly #coverage = new KvCoverage();
  readonly #ambushes: KvGround['ambushes'] = new Set();
  readonly #events: MemberEvents;
  readonly #isAutoCompacting: boolean;
  #watchers: readonly WatchClient[] = [];
  #isStopped = false;
  #violation: Violation | undefined = undefined;

  constructor({ seed, untilMs = Number.POSITIVE_INFINITY, film }: RunOptions) {
    this.#untilMs = untilMs;
    this.#film = film;
    const rng = createSeededRng(seed);
    this.#isAutoCompacting = rng.below(2) === 0;
    this.#chronicle = new Chronicle((happening) => {
      this.#happened(happening);
    });
    this.#cluster = new KvCluster({
      seed,
      members: 0,
      member: { ...MEMBER, snapshots: SNAPSHOTS[rng.below(SNAPSHOTS.length)] ?? SNAPSHOTS[0] },
      leaseGraceMs: ELECTION_TIMEOUT_MS,
      diskTimes: rng.below(3) === 0 ? SLOW_SYNCS : SSD_TIMES,
      store: {
        autoCompaction: this.#isAutoCompacting ? AUTO_COMPACTION : 'off',
        progressIntervalMs: PROGRESS_INTERVAL_MS,
      },
      asksLeader: (id, leader) => this.#clients.judgeFor(id, leader),
      onBegin: (id, life) => {
        this.#clients.memberBegins(id, life);
      },
      onSend: (envelope) => {
        this.#events.sent(envelope);
      },
      onApplied: (id, command, applied) => {
        this.#check(() => {
          this.#chronicle.applied(id, command, applied);
        });
      },
      onEvent: (event, id) => {
        this.#events.happened(id, event);
      },
      onFatal: (id, error) => {
        this.#ended(id, error);
      },
    });
    const { clock, log } = this.#cluster.world;
    this.#events = new MemberEvents({
      world: this.#cluster.world,
      film,
      coverage: this.#coverage,
      ambushes: this.#ambushes,
      hasLeases: () => this.#ledger.living.length > 0,
      isWatched: (id) => this.#watchers.some((watcher) => watcher.isOpenAt(id)),
    });
    this.#history = new History(clock);
    this.#clients = new ClientNetwork({
      clock,
      log,
      rng,
      storeOf: (id) => this.#cluster.storeOf(id),
      onBug: (error) => {
        this.#violation ??= new Violation('An invariant', String(error), error);
      },
    });
  }

  async run(): Promise<Run> {
    const { world } = this.#cluster;
    try {
      await this.#play();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.#violation = error;
    }
    return {
      coverage: this.#coverage.counts,
      simulatedMs: world.clock.now(),
      violation: this.#violation,
      events: world.log.lines(EVENTS_TOLD),
    };
  }

  async #play(): Promise<void> {
    const { raft, world } = this.#cluster;
    const { clock, rng } = world;
    const ids = raft.bootstrap(rng.below(4) === 0 ? 5 : 3);
    const cuts = new Set<Cut>();
    this.#breakThings(cuts, [LEADER, ...ids.slice(1).map((_, index) => `m${index + 1}`)]);
    this.#watchers = this.#startClients(cuts);
    const operator = new KvOperator(this.#cluster, rng, this.#coverage);
    await this.#advance(FAULTS_MS);
    operator.stop();
    for (const id of this.#cluster.ids) raft.restart(id);
    await this.#advance(RECOVERY_MS);
    this.#isStopped = true;
    await this.#advance(QUIET_MS);
    if (clock.now() < this.#untilMs) this.#judge();
  }

  #breakThings(cuts: Set<Cut>, hosts: readonly string[]): void {
    const { clock, rng, log } = this.#cluster.world;
    const ground: KvGround = {
      cluster: this.#cluster,
      clients: this.#clients,
      rng,
      coverage: this.#coverage,
      conditions: LAN,
      cuts,
      ambushes: this.#ambushes,
    };
    const table = KV_FAULTS;
    const plan = planFaults({ rng, hosts, durationMs: FAULTS_MS, table, timing: TIMING, limits: FAULT_LIMITS });
    log.note(`nemesis  may ${plan.kinds.join(', ')}`);
    runFaults(plan, clock, () => new KvTarget(ground, hosts), log);
  }

  #startClients(cuts: ReadonlySet<Cut>): readonly WatchClient[] {
    const { world } = this.#cluster;
    let values = 0;
    const scene: Scene = {
      world,
      rng: world.rng,
      cluster: this.#cluster,
      network: this.#clients,
      history: this.#history,
      chronicle: this.#chronicle,
      ledger: this.#ledger,
      evidence: this.#evidence,
      coverage: this.#coverage,
      film: this.#film,
      seen: new Map(),
      lent: new Map(),
      nextValue: () => String((values += 1)),
      isCut: () => cuts.size > 0,
      check: (check) => {
        this.#check(check);
      },
      isStopped: () => this.#isStopped,
    };
    return startClients(scene, { isCompacting: !this.#isAutoCompacting });
  }

  async #advance(ms: number): Promise<void> {
    const { clock } = this.#cluster.world;
    const end = Math.min(clock.now() + ms, this.#untilMs);
    while (clock.now() < end) {
      await clock.advance(Math.min(COMPARE_STATES_MS, end - clock.now()), () => {
        if (this.#violation !== undefined) throw this.#violation;
      });
      this.#compareStates();
    }
  }

  #compareStates(): void {
    for (const id of this.#cluster.raft.running.keys()) {
      const hash = this.#cluster.storeOf(id)?.hash();
      if (hash !== undefined && this.#hashes.compare(id, hash)) this.#coverage.count('states compared');
    }
  }

  /** Leases first, then what clients saw: the plainer says more. */
  #judge(): void {
    const members = judgeCluster(this.#cluster);
    judgeLeases(this.#ledger.living);
    const { revision: settledAt } = this.#chronicle;
    judgeWatches(
      this.#chronicle.truth,
      this.#watchers.flatMap((watcher) => watcher.streams(settledAt, members)),
    );
    judgeHistory(this.#history.operations, this.#evidence, FASTEST_RATE);
  }

  #happened(happening: Happening): void {
    const now = this.#cluster.world.clock.now();
    this.#evidence.happened(happening, now);
    switch (happening.kind) {
      case 'granted':
        this.#ledger.granted(String(happening.lease), now);
        break;
      case 'expired':
      case 'revoked':
        if (happening.kind === 'expired') this.#coverage.count('expiries');
        this.#ledger.ended(String(happening.lease), happening.kind, now);
        break;
      case 'compacted':
        if (this.#isAutoCompacting) this.#coverage.count('compactions by the leader itself');
        if (this.#watchers.some(({ isOpen }) => isOpen)) this.#coverage.count('compactions under watch');
        break;
      case 'retried':
        this.#coverage.count('retries answered from the kept result');
        break;
      case 'written':
      case 'void':
        break;
    }
  }

  /** A failed disk ends a process, and its supervisor starts it again; nothing else may. */
  #ended(id: MemberId, error: unknown): void {
    const { clock, log } = this.#cluster.world;
    log.note(`n${id}  ends: ${String(error)}`);
    if (error instanceof AssertionError) {
      this.#violation ??= new Violation('An invariant', `member ${id}: ${error.message}`, error);
    } else if (error instanceof WalFailedError || error instanceof DiskError) {
      this.#coverage.count('failed syncs');
      clock.after(RESTART_MS, () => {
        this.#cluster.raft.restart(id);
      });
    } else {
      this.#violation ??= new Violation('Durability', `member ${id} does not start: ${String(error)}`, error);
    }
  }

  /** What is found inside a call of a member must not be taken for its error. */
  #check(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.#violation ??= error;
    }
  }
}
