import { assert, type Clock, type PortolanError } from '@portolan/kernel';
import { AutoCompactor, type AutoCompaction } from './auto-compaction.ts';
import { NotLeaderError } from './errors.ts';
import { FormatAgreement } from './format-agreement.ts';
import type { Header } from './header.ts';
import type { Incarnation } from './ids.ts';
import { Lessor } from './lease/lessor.ts';
import { LimitAgreement } from './limit-agreement.ts';
import type { AgreedLimits, KvLimits } from './limits.ts';
import type { Leadership, Log, LogMachine } from './log/log.ts';
import { isCorrupt } from './machine/alarms.ts';
import type { Applied, Command, LogEntry } from './machine/command.ts';
import { ALARMS_FORMAT } from './machine/command-format.ts';
import { StateMachine } from './machine/state-machine.ts';
import { CorruptStoreError } from './refused-writes.ts';
import { WatchHub } from './watch/watch-hub.ts';

export interface LocalStateOptions {
  readonly clock: Clock;
  readonly incarnation: Incarnation;
  readonly limits: KvLimits;
  readonly autoCompaction: AutoCompaction | 'off';
  readonly progressIntervalMs: number;
}

/**
 * What this member has of the store, as its log tells it: the machine and the watches on it; while it leads, also the judge of its
 * leases and automatic compaction.
 */
export class LocalState implements LogMachine {
  readonly #options: LocalStateOptions;
  readonly #formats: FormatAgreement;
  readonly #agreement: LimitAgreement;
  readonly #compactor: AutoCompactor | undefined;
  readonly machine: StateMachine;
  readonly watches: WatchHub;
  /** It may tell of much before it is open. */
  #log: Log | undefined;
  #lessor: Lessor | undefined;
  #isClosed = false;

  constructor(options: LocalStateOptions) {
    const { clock, limits, autoCompaction, progressIntervalMs } = options;
    this.#options = options;
    const machine = new StateMachine({
      changed: (keyspace, change) => {
        this.watches.notice(keyspace, change);
      },
      restored: (before) => {
        this.watches.resume(before);
        this.#lessor?.inherit(machine.leases.capture().values(), 0);
      },
    });
    this.machine = machine;
    this.watches = new WatchHub({
      clock,
      keyspaces: () => machine.keyspaces,
      header: () => this.header(),
      watchersMax: limits.watchersMax,
      progressIntervalMs,
    });
    const proposing = {
      leads: () => this.#log !== undefined && this.#lessor !== undefined,
      propose: (command: Command) => this.#propose(command),
    };
    this.#formats = new FormatAgreement({
      ...proposing,
      clock,
      ofAll: () => this.#log?.formatOfAll(),
      inForce: () => machine.format,
    });
    this.#agreement = new LimitAgreement({
      ...proposing,
      wanted: () => sayable(limits, machine.format),
      inForce: () => machine.limits,
    });
    if (autoCompaction !== 'off') {
      this.#compactor = new AutoCompactor(autoCompaction, {
        ...proposing,
        clock,
        keyspaces: () => machine.keyspaces,
        revision: () => machine.revision,
      });
    }
  }

  /** The judge of leases, while this member leads. */
  get lessor(): Lessor | undefined {
    return this.#lessor;
  }

  header(): Header {
    return { incarnation: this.#options.incarnation, revision: this.machine.revision };
  }

  opened(log: Log): void {
    this.#log = log;
    this.#formats.look();
    this.#agreement.look();
  }

  close(): void {
    this.#isClosed = true;
    this.#resign();
    this.watches.close();
  }

  apply(entry: LogEntry): Applied {
    const applied = this.machine.apply(entry);
    if (this.#lessor !== undefined) this.#tell(this.#lessor, entry.command, applied);
    this.#formats.look();
    this.#agreement.look();
    this.#compactor?.look();
    return applied;
  }

  snapshot(): Iterable<Uint8Array> {
    return this.machine.snapshot();
  }

  restore(slices: AsyncIterable<Uint8Array>): Promise<void> {
    return this.machine.restore(slices);
  }

  leadershipChanged({ term, isEstablished, leaseGraceMs }: Leadership): void {
    if (isEstablished && this.#lessor?.term === term) return;
    this.#resign();
    if (!isEstablished || this.#isClosed) return;
    this.#lessor = new Lessor({
      clock: this.#options.clock,
      term,
      granted: (id) => this.machine.leases.get(id),
      propose: (command) => this.#propose(command),
    });
    this.#lessor.inherit(this.machine.leases.capture().values(), leaseGraceMs);
    this.#formats.start();
    this.#compactor?.start();
    this.#agreement.look();
  }

  leaderLost(why: PortolanError): void {
    this.watches.endFollowing(why);
  }

  #resign(): void {
    this.#formats.stop();
    this.#compactor?.stop();
    this.#lessor?.close();
    this.#lessor = undefined;
  }

  /** For this member's own account. */
  async #propose(command: Command): Promise<Applied> {
    // Asked again and again, it would fill the log with what comes to nothing.
    if (command.kind !== 'activate' && isCorrupt(this.machine.alarms)) throw new CorruptStoreError();
    if (this.#log === undefined) throw new NotLeaderError(undefined);
    return this.#log.propose(command);
  }

  #tell(lessor: Lessor, command: Command, applied: Applied): void {
    if (command.kind === 'expire') {
      for (const { id } of command.leases) {
        if (!this.machine.leases.has(id)) lessor.remove(id);
        // Also when it was refused, which nobody may have heard of: it is decided.
        else if (command.term === lessor.term) lessor.spared(id);
      }
      return;
    }
    if (applied.kind === 'refused') return;
    if (command.kind === 'grant') {
      const lease = this.machine.leases.get(command.id);
      assert(lease !== undefined, 'a granted lease is in the table');
      lessor.add(lease);
    } else if (command.kind === 'revoke') lessor.remove(command.id);
  }
}

/** Before all members know quotas by keyspace, the one of the user's is every keyspace's. */
function sayable(
  { leasesMax, quotaBytes, sessionsMax, sessionBytesMax, catalogQuotaBytes, systemQuotaBytes }: KvLimits,
  format: number,
): AgreedLimits {
  const first = { leasesMax, quotaBytes, sessionsMax, sessionBytesMax };
  if (format < ALARMS_FORMAT) return first;
  return {
    ...first,
    ...(catalogQuotaBytes !== undefined && { catalogQuotaBytes }),
    ...(systemQuotaBytes !== undefined && { systemQuotaBytes }),
  };
}
