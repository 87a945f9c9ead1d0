import {
  BROKEN_GRACE_MS,
  InstanceNotFoundError,
  SESSION_TTL_SECONDS_MAX,
  SESSION_TTL_SECONDS_MIN,
  SessionEndedError,
  type CatalogSession,
  type Check,
  type InstanceName,
  type OpenSessionRequest,
  type Registration,
} from '@portolan/catalog';
import { formatPrincipal, type Clock, type Rng, type Timer } from '@portolan/kernel';
import { incarnation, leaseId, revision, type Incarnation, type LeaseId, type Revision } from '@portolan/kv';
import { checkDefinition, ServiceNotFoundError, type CheckDefinition, type LocalHost } from '@portolan/local-host';

/** The check that the agent keeps for what a process of its host registers in a session: that the process is there. */
export const PROCESS_CHECK = 'process';

/** Revisions belong to the registry; what is registered here is on its way there. */
const NOT_YET: Revision = revision(0);

export interface LocalSessionsOptions {
  readonly host: LocalHost;
  readonly clock: Clock;
  readonly rng: Rng;
}

interface Process {
  readonly openedBy: string;
  readonly ids: Set<string>;
  holder: LocalSession;
  timer: Timer | undefined;
}

/**
 * Processes of this host that register themselves: as in the registry, a stream that breaks turns what it registered critical
 * after 1 s, and removes it when its time to live is over, unless it is opened again.
 */
export class LocalSessions implements Disposable {
  readonly #options: LocalSessionsOptions;
  readonly #processes = new Map<LeaseId, Process>();
  /** Of services from before this start, whose processes have not come back yet. */
  readonly #orphans = new Map<string, Timer>();
  readonly #incarnation: Incarnation;

  constructor(options: LocalSessionsOptions) {
    this.#options = options;
    const { host, clock, rng } = options;
    this.#incarnation = incarnation(`agent-${rng.below(2 ** 32)}-${clock.epoch()}`);
    for (const { registration, checks } of host.services()) {
      if (checks.some(({ definition }) => definition.id === PROCESS_CHECK)) this.#awaitReturn(registration.id);
    }
  }

  open({ principal, ttlSeconds, resumeLease }: OpenSessionRequest): CatalogSession {
    const { rng } = this.#options;
    const openedBy = formatPrincipal(principal);
    const before = resumeLease === undefined ? undefined : this.#processes.get(resumeLease);
    // What one process has opened is not for another one to go on with.
    const kept = before?.openedBy === openedBy ? before : undefined;
    const lease =
      kept === undefined ? leaseId(BigInt(rng.below(2 ** 32)) * 2n ** 31n + 1n) : (resumeLease ?? leaseId(1n));
    const asked = Number.isFinite(ttlSeconds) ? Math.round(ttlSeconds) : SESSION_TTL_SECONDS_MAX;
    const ttl = Math.min(Math.max(asked, SESSION_TTL_SECONDS_MIN), SESSION_TTL_SECONDS_MAX);
    const session = new LocalSession(this, this.#options.host, lease, ttl, this.#incarnation, kept !== undefined);
    kept?.timer?.cancel();
    const process: Process = { openedBy, ids: kept?.ids ?? new Set<string>(), holder: session, timer: undefined };
    this.#processes.set(lease, process);
    for (const id of process.ids) this.#report(id, 'passing', '');
    return session;
  }

  isHolder(session: LocalSession): boolean {
    return this.#processes.get(session.lease)?.holder === session;
  }

  /** The service is one of the session's now, whoever had it. */
  hold(session: LocalSession, id: string): void {
    this.#orphans.get(id)?.cancel();
    this.#orphans.delete(id);
    for (const [lease, { ids }] of this.#processes) if (lease !== session.lease) ids.delete(id);
    this.#processes.get(session.lease)?.ids.add(id);
  }

  holds(session: LocalSession, id: string): boolean {
    return this.#processes.get(session.lease)?.ids.has(id) === true;
  }

  holdsNothing(session: LocalSession): boolean {
    return (this.#processes.get(session.lease)?.ids.size ?? 0) === 0;
  }

  letGo(session: LocalSession, id: string): void {
    this.#processes.get(session.lease)?.ids.delete(id);
  }

  broken(session: LocalSession): void {
    const process = this.#processes.get(session.lease);
    if (process?.holder !== session) return;
    process.timer?.cancel();
    process.timer = this.#options.clock.after(BROKEN_GRACE_MS, () => {
      for (const id of process.ids) this.#report(id, 'critical', 'stream broken');
      process.timer = this.#options.clock.after(session.ttlSeconds * 1_000, () => {
        this.#end(session.lease);
      });
    });
  }

  /** This agent ends. What is registered stays on its disk: the next one waits for the process. */
  leave(session: LocalSession): void {
    if (!this.isHolder(session)) return;
    this.#processes.get(session.lease)?.timer?.cancel();
    this.#processes.delete(session.lease);
  }

  close(session: LocalSession): void {
    if (this.isHolder(session)) this.#end(session.lease);
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#processes.values()) timer?.cancel();
    for (const timer of this.#orphans.values()) timer.cancel();
    this.#processes.clear();
    this.#orphans.clear();
  }

  /** Nothing is said of it for as long as its process may need to notice that the agent is back. */
  #awaitReturn(id: string): void {
    const { clock } = this.#options;
    const patience = SESSION_TTL_SECONDS_MIN * 1_000 * 5;
    const timer = clock.after(patience, () => {
      this.#report(id, 'critical', 'not seen since the agent started');
      this.#orphans.set(
        id,
        clock.after(patience, () => {
          this.#orphans.delete(id);
          this.#remove(id);
        }),
      );
    });
    this.#orphans.set(id, timer);
  }

  #end(lease: LeaseId): void {
    const process = this.#processes.get(lease);
    process?.timer?.cancel();
    this.#processes.delete(lease);
    for (const id of process?.ids ?? []) this.#remove(id);
  }

  #report(id: string, status: 'passing' | 'critical', output: string): void {
    try {
      this.#options.host.report(PROCESS_CHECK, status, output, id);
    } catch (error) {
      // Deregistered meanwhile, by its API or an operator.
      if (!(error instanceof ServiceNotFoundError)) throw error;
    }
  }

  #remove(id: string): void {
    void this.#options.host.deregister(id).catch((error: unknown) => {
      if (!(error instanceof ServiceNotFoundError)) throw error;
    });
  }
}

class LocalSession implements CatalogSession {
  readonly #sessions: LocalSessions;
  readonly #host: LocalHost;
  readonly lease: LeaseId;
  readonly ttlSeconds: number;
  readonly incarnation: Incarnation;
  readonly resumed: boolean;

  constructor(
    sessions: LocalSessions,
    host: LocalHost,
    lease: LeaseId,
    ttlSeconds: number,
    of: Incarnation,
    resumed: boolean,
  ) {
    this.#sessions = sessions;
    this.#host = host;
    this.lease = lease;
    this.ttlSeconds = ttlSeconds;
    this.incarnation = of;
    this.resumed = resumed;
  }

  get isEmpty(): boolean {
    return this.#sessions.holdsNothing(this);
  }

  async register(registration: Registration, checks: readonly Check[]): Promise<Revision> {
    this.#expectOpen();
    this.#sessions.hold(this, registration.id);
    await this.#host.register(registration, [
      reported(PROCESS_CHECK, 'passing'),
      ...checks.map(({ id, status }) => reported(id, status)),
    ]);
    for (const { id, status, output } of [{ id: PROCESS_CHECK, status: 'passing' as const, output: '' }, ...checks]) {
      this.#host.report(id, status, output, registration.id);
    }
    return NOT_YET;
  }

  async deregister({ instanceId }: InstanceName): Promise<Revision> {
    this.#expectOpen();
    if (this.#sessions.holds(this, instanceId)) {
      this.#sessions.letGo(this, instanceId);
      await this.#host.deregister(instanceId).catch((error: unknown) => {
        if (!(error instanceof ServiceNotFoundError)) throw error;
      });
    }
    return NOT_YET;
  }

  async reportCheck(name: InstanceName, { id, status, output }: Check): Promise<Revision> {
    this.#expectOpen();
    const held = this.#sessions.holds(this, name.instanceId);
    const service = this.#host.services().find(({ registration }) => registration.id === name.instanceId);
    if (!held || service === undefined) throw new InstanceNotFoundError(name);
    if (service.checks.every(({ definition }) => definition.id !== id)) {
      await this.#host.registerCheck(reported(id, status), name.instanceId);
    }
    this.#host.report(id, status, output, name.instanceId);
    return NOT_YET;
  }

  async renew(): Promise<{ readonly ttlSeconds: number }> {
    this.#expectOpen();
    return { ttlSeconds: this.ttlSeconds };
  }

  broken(): void {
    this.#sessions.broken(this);
  }

  leave(): void {
    this.#sessions.leave(this);
  }

  async close(): Promise<void> {
    this.#sessions.close(this);
  }

  #expectOpen(): void {
    if (!this.#sessions.isHolder(this))
      throw new SessionEndedError(this.lease, 'closed, expired, or resumed by a newer stream');
  }
}

/** A check that its process reports; that it is alive is what its session says. */
function reported(id: string, initialStatus: Check['status']): CheckDefinition {
  return checkDefinition({ kind: 'ttl', id, ttlMs: 0, initialStatus });
}
