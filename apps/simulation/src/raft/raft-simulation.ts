import { AssertionError } from '@portolan/kernel';
import { DEFAULT_LIMITS, isJoint, type MemberId } from '@portolan/raft';
import type { MemberEvent } from '@portolan/raft-driver';
import { describeEnvelope, VirtualCluster, type Envelope } from '@portolan/raft-driver/testing';
import { DiskError, StorageDamageError, WalFailedError } from '@portolan/storage';
import {
  History,
  LAN,
  planFaults,
  runFaults,
  VirtualWorld,
  SSD_TIMES,
  type Cut,
  type DiskTimes,
  type FaultLimits,
  type FaultTiming,
  type LinkConditions,
  type RegisterInput,
  type RegisterOutput,
} from '@portolan/virtual-world';
import type { Run, RunOptions } from '../cores.ts';
import type { Film } from '../film.ts';
import { Violation } from '../violation.ts';
import { ClusterTarget, type Ground } from './cluster-target.ts';
import { CoverageCounter } from './coverage.ts';
import { drawChanges, MEMBERS_MAX } from './draw-changes.ts';
import { CLUSTER_FAULTS, LEADER, momentOf } from './faults.ts';
import { hangLeader } from './hang-leader.ts';
import { judgeWorld } from './judge-world.ts';
import { Operator, type OperatorOptions } from './operator.ts';
import { RegisterClients } from './register-clients.ts';
import { RegisterMachine } from './register-machine.ts';
import { SafetyChecker } from './safety.ts';

/** Of the world: faults for so long, then everything is mended and the cluster must recover. */
const FAULTS_MS = 25_000;
const RECOVERY_MS = 12_000;
/** A fault every 0.4 s of half of the kinds: several last at once. */
const TIMING: FaultTiming = { intervalMs: { min: 400, max: 8_000 }, lengthMs: { min: 300, max: 3_000 } };
/** An operation on a disk that is 1000 times slower outlasts a world. Clocks are worse than any: elections never stop to race. */
const FAULT_LIMITS: FaultLimits = { slowness: { min: 2, max: 20 }, clockDriftMax: 0.5 };
/** Before a failure. */
const EVENTS_TOLD = 60;
/** As a supervisor does with a process that ended. */
const RESTART_MS = 1_000;
/** Small, so that seconds see what takes hours in production. */
const LIMITS = {
  segmentBytes: 4_096,
  snapshots: { entries: 60, keepEntries: 15, keepSnapshots: 2 },
  answerTimeoutMs: 2_000,
  tickMs: 50,
};
/** Appends of some entries, several at once; or of one, and the next when it is answered, so that a leader can be lost between any two. */
const APPENDS = [
  { appendBytesMax: 400, inFlightAppendsMax: 4 },
  { appendBytesMax: 40, inFlightAppendsMax: 1 },
] as const;
/** A disk whose syncs take long shows what relies on one that has not ended. */
const SLOW_DISK: DiskTimes = {
  operation: SSD_TIMES.operation,
  sync: { minMs: 2, maxMs: 30, tailChance: 0.05, tailMaxMs: 300 },
};
/** As between regions: two candidates of one term are no rarity. */
const WAN: LinkConditions = { ...LAN, delay: { minMs: 5, maxMs: 40, tailChance: 0.02, tailMaxMs: 200 } };

/** One cluster, one seed: clients, operators and faults on a virtual world, checked after every step and at the end. */
export async function simulateRaft(options: RunOptions): Promise<Run> {
  const simulation = new Simulation(options);
  return simulation.run();
}

class Simulation {
  readonly #untilMs: number;
  readonly #world: VirtualWorld<Envelope>;
  readonly #cluster: VirtualCluster<RegisterOutput, RegisterMachine>;
  readonly #history: History<RegisterInput, RegisterOutput>;
  readonly #safety = new SafetyChecker();
  readonly #coverage = new CoverageCounter();
  readonly #damaged = new Set<MemberId>();
  /** Who was told that it is removed. */
  readonly #gone = new Set<MemberId>();
  readonly #ambushes: Ground['ambushes'] = new Set();
  readonly #film: Film | undefined;
  #violation: Violation | undefined = undefined;

  constructor({ seed, untilMs = Number.POSITIVE_INFINITY, film }: RunOptions) {
    this.#untilMs = untilMs;
    this.#film = film;
    this.#world = new VirtualWorld<Envelope>({
      seed,
      network: {
        describe: describeEnvelope,
        copy: (envelope) => {
          this.#guard(() => {
            this.#sent(envelope);
          });
          return envelope;
        },
      },
    });
    this.#history = new History(this.#world.clock);
    this.#cluster = new VirtualCluster<RegisterOutput, RegisterMachine>({
      world: this.#world,
      createMachine: (id) =>
        new RegisterMachine((command) => {
          this.#guard(() => {
            this.#safety.applied(id, command);
          });
        }),
      member: { ...LIMITS, limits: APPENDS[this.#world.rng.below(2)] ?? APPENDS[0] },
      diskTimes: this.#world.rng.below(3) === 0 ? SLOW_DISK : SSD_TIMES,
      onEvent: (id, event) => {
        this.#note(id, event);
      },
      onFatal: (id, error) => {
        this.#ended(id, error);
      },
    });
  }

  async run(): Promise<Run> {
    try {
      await this.#play();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.#violation = error;
    }
    const events = this.#world.log.lines(EVENTS_TOLD);
    return {
      coverage: this.#coverage.coverage,
      simulatedMs: this.#world.clock.now(),
      violation: this.#violation,
      events,
    };
  }

  async #play(): Promise<void> {
    const { clock, rng } = this.#world;
    const conditions = rng.below(3) === 0 ? WAN : LAN;
    this.#world.network.setConditions(conditions);
    const ids = this.#cluster.bootstrap(rng.below(4) === 0 ? 5 : 3);
    const cuts = new Set<Cut>();
    const ground: Ground = {
      world: this.#world,
      members: this.#cluster,
      crash: this.#cluster.crash.bind(this.#cluster),
      rng,
      coverage: this.#coverage,
      cuts,
      ambushes: this.#ambushes,
      conditions,
      damaged: this.#damaged,
    };
    const clients = new RegisterClients({
      clock,
      rng,
      cluster: this.#cluster,
      history: this.#history,
      onEnd: (input, outcome) => {
        if (outcome === 'unknown' && input.kind !== 'read') this.#coverage.count('proposals of unknown outcome');
        if (outcome === 'ok' && input.kind === 'read' && cuts.size > 0)
          this.#coverage.count('reads confirmed under partition');
      },
    });
    const draw: OperatorOptions['draw'] = (status, join) => drawChanges(rng, status, join);
    const operator = new Operator({ ...ground, membersMax: MEMBERS_MAX, draw });
    this.#breakThings(ground, [LEADER, ...ids.slice(1).map((_, index) => `m${index + 1}`)]);
    await this.#advance(FAULTS_MS);
    operator.stop();
    for (const id of this.#cluster.ids) this.#cluster.restart(id);
    await this.#advance(RECOVERY_MS / 2);
    clients.stop();
    await this.#advance(RECOVERY_MS / 2);
    if (clock.now() >= this.#untilMs) return;
    judgeWorld({ cluster: this.#cluster, damaged: this.#damaged, gone: this.#gone, history: this.#history });
    await this.#hangLeader();
  }

  async #hangLeader(): Promise<void> {
    const wasReplaced = await hangLeader({
      cluster: this.#cluster,
      damaged: this.#damaged,
      electionTimeoutMs: LIMITS.tickMs * DEFAULT_LIMITS.electionTicks,
      advance: (ms) => this.#advance(ms),
    });
    if (wasReplaced) this.#coverage.count('leaders replaced because their disk hung');
  }

  #breakThings(ground: Ground, hosts: readonly string[]): void {
    const { clock, rng, log } = this.#world;
    const table = CLUSTER_FAULTS;
    const plan = planFaults({ rng, hosts, durationMs: FAULTS_MS, table, timing: TIMING, limits: FAULT_LIMITS });
    log.note(`nemesis  may ${plan.kinds.join(', ')}`);
    runFaults(plan, clock, () => new ClusterTarget(ground, hosts), log);
  }

  async #advance(ms: number): Promise<void> {
    const { clock } = this.#world;
    const left = Math.min(ms, this.#untilMs - clock.now());
    if (left <= 0) return;
    await clock.advance(left, () => {
      if (this.#violation !== undefined) throw this.#violation;
      for (const [id, { member }] of this.#cluster.running) this.#safety.look(id, member);
    });
  }

  #sent(envelope: Envelope): void {
    if (envelope.kind !== 'raft') return;
    this.#film?.add({ atMs: this.#world.clock.now(), ...envelope.message });
    this.#safety.sent(envelope.message);
    this.#ambush(envelope.message.from, `sent ${envelope.message.kind}`);
    if (envelope.message.kind === 'forward') this.#coverage.count('proposals forwarded');
  }

  #note(id: MemberId, event: MemberEvent): void {
    this.#film?.add({ atMs: this.#world.clock.now(), member: id, ...event });
    this.#ambush(id, momentOf(event));
    switch (event.kind) {
      case 'became':
        this.#world.log.note(`n${id}  becomes ${event.role} in term ${event.term}: ${event.why}`);
        if (event.role === 'leader') this.#coverage.count('elections');
        if (event.why.includes('heard a quorum')) this.#coverage.count('leaders that lost their quorum');
        break;
      case 'truncated':
        this.#coverage.count('truncations');
        this.#safety.noted(id, event);
        this.#world.log.note(`n${id}  truncates ${event.from}–${event.to}`);
        break;
      case 'installing':
        this.#coverage.count('snapshots installed');
        this.#safety.noted(id, event);
        this.#world.log.note(`n${id}  installs the snapshot at ${event.term}/${event.index}`);
        break;
      case 'reconfigured':
        if (isJoint(event.configuration)) this.#coverage.count('changes of voters');
        break;
      case 'removed':
        this.#removed(id, event.index);
        break;
      case 'transfer':
        if (event.outcome === 'asked') this.#coverage.count('transfers of leadership');
        break;
      case 'snapshot-saved':
        this.#coverage.count('snapshots taken');
        break;
      case 'log-cut':
        this.#coverage.count('torn log tails cut');
        this.#world.log.note(`n${id}  cuts ${event.tail.bytes} bytes from its log`);
        break;
      case 'disk-full':
        this.#coverage.count('disks full');
        break;
      default:
        break;
    }
  }

  #ambush(id: MemberId, moment: string): void {
    for (const ambush of this.#ambushes) if (ambush(id, moment)) this.#ambushes.delete(ambush);
  }

  /** Its process ends, as there is nothing left for it to do. */
  #removed(id: MemberId, index: number): void {
    this.#world.log.note(`n${id}  is removed, by what is committed at ${index}`);
    this.#coverage.count('members that were removed and know it');
    this.#gone.add(id);
    this.#world.clock.after(0, () => {
      if (this.#cluster.running.has(id)) this.#cluster.kill(id);
    });
  }

  /** A failed disk ends a process, and its supervisor starts it again; nothing else may. */
  #ended(id: MemberId, error: unknown): void {
    this.#world.log.note(`n${id}  ends: ${String(error)}`);
    if (error instanceof AssertionError) {
      this.#violation ??= new Violation('An invariant', `member ${id}: ${error.message}`, error);
    } else if (error instanceof Violation) {
      this.#violation ??= error;
    } else if (error instanceof StorageDamageError && this.#damaged.has(id)) {
      this.#coverage.count('damaged logs refused');
    } else if (error instanceof WalFailedError || error instanceof DiskError) {
      this.#coverage.count('failed syncs');
      this.#world.clock.after(RESTART_MS, () => {
        this.#cluster.restart(id);
      });
    } else {
      this.#violation ??= new Violation('Durability', `member ${id} ends: ${String(error)}`, error);
    }
  }

  /** What is found inside a call of a member must not be taken for its error. */
  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.#violation ??= error;
    }
  }
}
