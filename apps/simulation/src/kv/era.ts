import { AssertionError, type Rng } from '@portolan/kernel';
import { UnknownCommandError, UnknownSnapshotError } from '@portolan/kv';
import { KvCluster, type KvClusterOptions } from '@portolan/kv/testing';
import type { MemberId } from '@portolan/raft';
import { DiskError, WalFailedError } from '@portolan/storage';
import { History, type Cut, type KvInput, type KvOutput } from '@portolan/virtual-world';
import type { Film } from '../film.ts';
import type { Ground } from '../raft/cluster-target.ts';
import { Violation } from '../violation.ts';
import { AlarmLedger } from './alarm-ledger.ts';
import type { Chronicle, Happening } from './chronicle.ts';
import { ClientNetwork } from './client-network.ts';
import type { KvCoverage } from './coverage.ts';
import { Evidence } from './evidence.ts';
import { FORMAT_AGREED } from './judge-formats.ts';
import { LeaseLedger } from './lease-ledger.ts';
import { MemberEvents } from './member-events.ts';
import type { Scene } from './scene.ts';
import { startClients, type Clients, type StartClientsOptions } from './start-clients.ts';
import { StateHashes } from './state-hashes.ts';

/** As a supervisor does with a process that ended. */
const RESTART_MS = 1_000;

type Observed = 'asksLeader' | 'onApplied' | 'onEvent' | 'onFatal' | 'onBegin' | 'onSend' | 'members';

export interface EraOptions {
  readonly cluster: Omit<KvClusterOptions, Observed>;
  readonly chronicle: (tell: (happening: Happening) => void) => Chronicle;
  /** Of the links of clients. */
  readonly rng: Rng;
  readonly coverage: KvCoverage;
  readonly film: Film | undefined;
  readonly fastestRate: number;
  /** A message goes from one member to another. */
  readonly onMessage?: (from: MemberId, to: MemberId) => void;
}

/** One cluster from its beginning to its end, and the clients that hold it to what it promises. */
export class Era {
  readonly cluster: KvCluster;
  readonly network: ClientNetwork;
  readonly chronicle: Chronicle;
  readonly ledger: LeaseLedger;
  readonly alarms = new AlarmLedger();
  readonly evidence = new Evidence();
  readonly history: History<KvInput, KvOutput>;
  readonly ambushes: Ground['ambushes'] = new Set();
  /** Cuts of the network that are not healed. */
  readonly cuts = new Set<Cut>();
  readonly #options: EraOptions;
  readonly #hashes = new StateHashes();
  readonly #events: MemberEvents;
  #clients: Clients | undefined;
  #isCompacting = false;
  #isStopped = false;
  #violation: Violation | undefined;

  constructor(options: EraOptions) {
    this.#options = options;
    const { cluster, coverage, film, fastestRate, rng } = options;
    this.ledger = new LeaseLedger(fastestRate);
    this.chronicle = options.chronicle((happening) => {
      this.#happened(happening);
    });
    this.cluster = new KvCluster({
      ...cluster,
      members: 0,
      asksLeader: (id, leader) => this.network.judgeFor(id, leader),
      onBegin: (id, life) => {
        this.network.memberBegins(id, life);
      },
      onSend: (envelope) => {
        if (envelope.kind === 'raft') options.onMessage?.(envelope.message.from, envelope.message.to);
        this.#events.sent(envelope);
      },
      onApplied: (id, command, applied) => {
        this.check(() => {
          this.chronicle.applied(id, command, applied);
        });
      },
      onEvent: (event, id) => {
        this.#events.happened(id, event);
      },
      onFatal: (id, error) => {
        this.#ended(id, error);
      },
    });
    const { world } = this.cluster;
    this.#events = new MemberEvents({
      world,
      film,
      coverage,
      ambushes: this.ambushes,
      hasLeases: () => this.ledger.living.length > 0,
      isWatched: (id) => this.watchers.some((watcher) => watcher.isOpenAt(id)),
    });
    this.history = new History(world.clock);
    this.network = new ClientNetwork({
      clock: world.clock,
      log: world.log,
      rng,
      storeOf: (id) => this.cluster.storeOf(id),
      onBug: (error) => {
        this.#violation ??= new Violation('An invariant', String(error), error);
      },
    });
  }

  /** The first that was found. */
  get violation(): Violation | undefined {
    return this.#violation;
  }

  get watchers(): Clients['watchers'] {
    return this.#clients?.watchers ?? [];
  }

  /** Once. */
  start(options: StartClientsOptions): Clients {
    this.#isCompacting = options.isCompacting;
    const { world } = this.cluster;
    let values = 0;
    const scene: Scene = {
      ...this.#sceneOfWorld(),
      world,
      rng: world.rng,
      seen: new Map(),
      lent: new Map(),
      nextValue: () => `${options.era}${(values += 1)}`,
      isCut: () => this.cuts.size > 0,
      check: (check) => {
        this.check(check);
      },
      isStopped: () => this.#isStopped,
    };
    this.#clients = startClients(scene, options);
    return this.#clients;
  }

  /** Clients finish what they are about, and begin nothing more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** @throws Violation when members differ at one index */
  compareStates(): void {
    for (const id of this.cluster.raft.running.keys()) {
      const hash = this.cluster.storeOf(id)?.hash();
      if (hash !== undefined && this.#hashes.compare(id, hash)) this.#options.coverage.count('states compared');
    }
  }

  /** What is found inside a call of a member must not be taken for its error. */
  check(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.#violation ??= error;
    }
  }

  #sceneOfWorld() {
    const { cluster, network, history, chronicle, ledger, alarms, evidence } = this;
    const { coverage, film } = this.#options;
    return { cluster, network, history, chronicle, ledger, alarms, evidence, coverage, film } as const;
  }

  #happened(happening: Happening): void {
    const { coverage } = this.#options;
    const now = this.cluster.world.clock.now();
    this.evidence.happened(happening, now);
    switch (happening.kind) {
      case 'granted':
        this.ledger.granted(String(happening.lease), now);
        break;
      case 'expired':
      case 'revoked':
        if (happening.kind === 'expired') coverage.count('expiries');
        this.ledger.ended(String(happening.lease), happening.kind, now);
        break;
      case 'compacted':
        if (!this.#isCompacting) coverage.count('compactions by the leader itself');
        if (this.watchers.some(({ isOpen }) => isOpen)) coverage.count('compactions under watch');
        break;
      case 'retried':
        coverage.count('retries answered from the kept result');
        break;
      case 'activated':
        coverage.count('formats raised');
        break;
      case 'full':
        coverage.count('alarms of a quota');
        break;
      case 'refused':
        if (happening.code === 'KV_QUOTA_EXCEEDED' || happening.code === 'KV_CORRUPT') {
          coverage.count('writes kept out by an alarm');
        }
        break;
      case 'written':
      case 'void':
        break;
    }
  }

  /** A failed disk ends a process, and its supervisor starts it again; nothing else may. */
  #ended(id: MemberId, error: unknown): void {
    const { clock, log } = this.cluster.world;
    log.note(`n${id}  ends: ${String(error)}`);
    if (error instanceof AssertionError) {
      this.#violation ??= new Violation('An invariant', `member ${id}: ${error.message}`, error);
    } else if (error instanceof WalFailedError || error instanceof DiskError) {
      this.#options.coverage.count('failed syncs');
      clock.after(RESTART_MS, () => {
        this.cluster.raft.restart(id);
      });
    } else if (error instanceof UnknownCommandError || error instanceof UnknownSnapshotError) {
      this.#violation ??= new Violation(
        FORMAT_AGREED,
        `member ${id} is given what it does not know: ${error.message}`,
        error,
      );
    } else {
      this.#violation ??= new Violation('Durability', `member ${id} does not go on: ${String(error)}`, error);
    }
  }
}
