import type { Clock, Principal } from '@portolan/kernel';
import type { KvAction } from './access.ts';
import { writeBackup } from './backup/write-backup.ts';
import { CompactedError, FutureRevisionError } from './errors.ts';
import type { PrincipalRequest } from './header.ts';
import { KEYSPACES, type Keyspace } from './ids.ts';
import type { Alarm, AlarmList, AlarmRequest, HashRequest, KeyspaceHash, StoreAdmin } from './kv-admin.ts';
import type { LocalState } from './local-state.ts';
import type { Log } from './log/log.ts';
import type { Command } from './machine/command.ts';
import { hashKeyspace } from './machine/hash-keyspace.ts';

export interface StoreAdminOptions {
  readonly clock: Clock;
  readonly local: LocalState;
  readonly log: Log;
  readonly admit: (principal: Principal, actions: Iterable<KvAction>, signal: AbortSignal | undefined) => void;
  /** Throws what the command was refused with. */
  readonly propose: (command: Command, signal: AbortSignal | undefined) => Promise<unknown>;
  readonly readBarrier: (signal: AbortSignal | undefined) => Promise<void>;
}

/** Administration of a store over a log. */
export class LocalStoreAdmin implements StoreAdmin {
  readonly #options: StoreAdminOptions;

  constructor(options: StoreAdminOptions) {
    this.#options = options;
  }

  async alarms({ principal }: PrincipalRequest, signal?: AbortSignal): Promise<AlarmList> {
    this.#admit(principal, 'system', signal);
    await this.#options.readBarrier(signal);
    return this.#list();
  }

  async raiseAlarm({ principal, ...alarm }: AlarmRequest, signal?: AbortSignal): Promise<AlarmList> {
    this.#admit(principal, 'system', signal);
    await this.#options.propose({ kind: 'raise-alarm', alarm: bare(alarm) }, signal);
    return this.#list();
  }

  async disarmAlarm({ principal, ...alarm }: AlarmRequest, signal?: AbortSignal): Promise<AlarmList> {
    this.#admit(principal, 'system', signal);
    await this.#options.propose({ kind: 'disarm-alarm', alarm: bare(alarm) }, signal);
    return this.#list();
  }

  async hashKeyspace(request: HashRequest, signal?: AbortSignal): Promise<KeyspaceHash> {
    const { clock, local } = this.#options;
    this.#admit(request.principal, request.keyspace, signal);
    const header = local.header();
    const { revision: hashRevision = header.revision } = request;
    if (hashRevision > header.revision) throw new FutureRevisionError(hashRevision, header.revision);
    const captured = local.machine.keyspaces[request.keyspace].capture();
    const { floor: oldest } = captured;
    if (hashRevision < oldest) throw new CompactedError(hashRevision, oldest);
    const steps = hashKeyspace(captured, hashRevision);
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return { ...header, hash: value, hashRevision, oldest };
      await new Promise<void>((resolve) => {
        clock.after(0, resolve);
      });
      signal?.throwIfAborted();
    }
  }

  async *backup({ principal }: PrincipalRequest, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const { clock, local, log } = this.#options;
    this.#admitAll(principal, signal);
    const { machine } = local;
    const header = {
      ...local.header(),
      clusterId: log.clusterId,
      memberId: log.leadership().memberId,
      index: machine.index,
      takenAt: clock.epoch(),
    };
    for (const piece of writeBackup(header, machine.snapshot())) {
      yield piece;
      signal.throwIfAborted();
    }
  }

  #list(): AlarmList {
    const { local } = this.#options;
    return { ...local.header(), alarms: local.machine.alarms };
  }

  #admit(principal: Principal, keyspace: Keyspace, signal: AbortSignal | undefined): void {
    this.#options.admit(principal, [{ kind: 'administer', keyspace }], signal);
  }

  #admitAll(principal: Principal, signal: AbortSignal): void {
    for (const keyspace of KEYSPACES) this.#admit(principal, keyspace, signal);
  }
}

/** What goes into the log, and nothing else. */
function bare({ kind, memberId, keyspace }: Alarm): Alarm {
  return { kind, memberId, keyspace };
}
