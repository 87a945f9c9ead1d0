import type { Check, CheckId, Health, InstanceId, Registration } from '@portolan/catalog';
import { HOST_INSTANCES_MAX, WEIGHT_MAX } from '@portolan/catalog';
import type { Clock, Rng } from '@portolan/kernel';
import { RunningCheck } from './checks/running-check.ts';
import {
  CheckNotFoundError,
  HostFullError,
  NotTtlCheckError,
  ScriptChecksOffError,
  ServiceNotFoundError,
} from './errors.ts';
import { HOST_CHECKS_MAX, SERVICE_CHECKS_MAX } from './limits.ts';
import type { HostLogger } from './logger.ts';
import {
  MAINTENANCE_CHECK,
  type CheckDefinition,
  type DesiredInstance,
  type LocalCheck,
  type LocalService,
} from './model.ts';
import type { HostState, HostStateStore } from './state/host-state.ts';
import { StateWriter } from './state/state-writer.ts';

export interface LocalHostOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: HostLogger;
  readonly store: HostStateStore;
  /** Whether checks may run programs. */
  readonly scriptChecks: boolean;
}

interface RunningService {
  readonly registration: Registration;
  readonly checks: Map<CheckId, RunningCheck>;
  maintenance: string | undefined;
}

/**
 * The truth about one host: its services, and how they are. It knows nothing of a catalog; `Convergence` makes one agree.
 * What is registered is on disk before it is answered, and there again after a restart, in the state it had.
 */
export class LocalHost implements AsyncDisposable {
  readonly #options: LocalHostOptions;
  readonly #services = new Map<InstanceId, RunningService>();
  /** Of the host as a whole: each is a check of every service. */
  readonly #checks = new Map<CheckId, RunningCheck>();
  readonly #listeners = new Set<() => void>();
  readonly #writer: StateWriter;
  #maintenance: string | undefined;
  #weightPercent = 100;

  /** @throws HostStateError */
  static async open(options: LocalHostOptions): Promise<LocalHost> {
    return new LocalHost(options, await options.store.read());
  }

  private constructor(options: LocalHostOptions, state: HostState) {
    this.#options = options;
    this.#writer = new StateWriter(options.store, () => this.#state());
    for (const { registration, checks, maintenance } of state.services) {
      const running = new Map(checks.map((check) => [check.definition.id, this.#restore(check, registration.id)]));
      this.#services.set(registration.id, { registration, checks: running, maintenance });
    }
    for (const check of state.checks) this.#checks.set(check.definition.id, this.#restore(check, undefined));
    this.#maintenance = state.maintenance;
    this.#followAliases();
  }

  /** Called after each change of what the catalog should have. @returns ends the subscription */
  subscribe(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }

  services(): readonly LocalService[] {
    return [...this.#services.values()].map(serviceState);
  }

  /** @throws ServiceNotFoundError */
  service(id: string): LocalService {
    return serviceState(this.#find(id));
  }

  /** Whether each check has been looked at since this start. */
  get settled(): boolean {
    const all = [this.#checks, ...[...this.#services.values()].map(({ checks }) => checks)];
    return all.every((checks) => [...checks.values()].every((check) => check.settled));
  }

  /** Those of the host as a whole. */
  checks(): readonly LocalCheck[] {
    return [...this.#checks.values()].map(({ state }) => state);
  }

  /** Why the host is taken out by hand; undefined: it is not. */
  get maintenance(): string | undefined {
    return this.#maintenance;
  }

  /**
   * Registers, or replaces what has the same id. A check that is as it was keeps its status.
   * @throws ScriptChecksOffError, HostFullError, HostStateError
   */
  async register(registration: Registration, checks: readonly CheckDefinition[]): Promise<void> {
    for (const check of checks) this.#expectAllowed(check);
    const before = this.#services.get(registration.id);
    expectRoom('services', this.#services.size + (before === undefined ? 1 : 0), HOST_INSTANCES_MAX);
    expectRoom('checks of a service', checks.length, SERVICE_CHECKS_MAX);
    const running = new Map<CheckId, RunningCheck>();
    for (const definition of checks) {
      const known = before?.checks.get(definition.id);
      const same = known !== undefined && isSame(known.definition, definition);
      if (same) before?.checks.delete(definition.id);
      running.set(definition.id, same ? known : this.#start(definition, registration.id));
    }
    for (const check of before?.checks.values() ?? []) check[Symbol.dispose]();
    this.#services.set(registration.id, { registration, checks: running, maintenance: before?.maintenance });
    await this.#changed();
  }

  /** @throws ServiceNotFoundError, HostStateError */
  async deregister(id: string): Promise<void> {
    const service = this.#find(id);
    for (const check of service.checks.values()) check[Symbol.dispose]();
    this.#services.delete(service.registration.id);
    await this.#changed();
  }

  /**
   * @param serviceId undefined: a check of the host as a whole
   * @throws ServiceNotFoundError, ScriptChecksOffError, HostFullError, HostStateError
   */
  async registerCheck(definition: CheckDefinition, serviceId: string | undefined): Promise<void> {
    this.#expectAllowed(definition);
    const service = serviceId === undefined ? undefined : this.#find(serviceId);
    const checks = service?.checks ?? this.#checks;
    const known = checks.get(definition.id);
    if (known !== undefined && isSame(known.definition, definition)) return;
    const count = checks.size + (known === undefined ? 1 : 0);
    if (service === undefined) expectRoom('checks of its own', count, HOST_CHECKS_MAX);
    else expectRoom('checks of a service', count, SERVICE_CHECKS_MAX);
    known?.[Symbol.dispose]();
    checks.set(definition.id, this.#start(definition, service?.registration.id));
    await this.#changed();
  }

  /** @throws CheckNotFoundError, HostStateError */
  async deregisterCheck(id: string, serviceId?: string): Promise<void> {
    const { checks, check } = this.#findCheck(id, serviceId);
    check[Symbol.dispose]();
    checks.delete(check.definition.id);
    await this.#changed();
  }

  /** @throws CheckNotFoundError, NotTtlCheckError */
  report(id: string, status: Health, output: string, serviceId?: string): void {
    const { check } = this.#findCheck(id, serviceId);
    if (check.definition.kind !== 'ttl') throw new NotTtlCheckError(id, check.definition.kind);
    check.found({ status, output });
  }

  /** @param reason undefined: back into service. @throws ServiceNotFoundError, HostStateError */
  async setMaintenance(reason: string | undefined, serviceId?: string): Promise<void> {
    if (serviceId === undefined) this.#maintenance = reason;
    else this.#find(serviceId).maintenance = reason;
    await this.#changed();
  }

  /** Of the weight of each service, so much is published: what a host under load asks for. 1 to 100. */
  setWeightPercent(percent: number): void {
    if (percent === this.#weightPercent) return;
    this.#weightPercent = percent;
    this.#tell();
  }

  /** What the catalog should have of this host. */
  desired(): readonly DesiredInstance[] {
    const now = this.#options.clock.epoch();
    const out = (reason: string): Check => ({ id: MAINTENANCE_CHECK, status: 'critical', output: reason, since: now });
    const ofHost = [...this.#checks.values()].map(published);
    const ofAll = this.#maintenance === undefined ? ofHost : [...ofHost, out(this.#maintenance)];
    return [...this.#services.values()].map(({ registration, checks, maintenance }) => {
      const own = [...checks.values()].map(published);
      const byId = new Map([...ofAll, ...own].map((check) => [check.id, check]));
      if (maintenance !== undefined) byId.set(MAINTENANCE_CHECK, out(maintenance));
      const weight = Math.min(Math.max(1, Math.round((registration.weight * this.#weightPercent) / 100)), WEIGHT_MAX);
      return { registration: { ...registration, weight }, checks: [...byId.values()] };
    });
  }

  /** Stops the checks, and writes down the newest state. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { checks } of this.#services.values()) for (const check of checks.values()) check[Symbol.dispose]();
    for (const check of this.#checks.values()) check[Symbol.dispose]();
    await this.#writer[Symbol.asyncDispose]();
  }

  #find(id: string): RunningService {
    const service = this.#services.get(id as InstanceId);
    if (service === undefined) throw new ServiceNotFoundError(id);
    return service;
  }

  #findCheck(id: string, serviceId: string | undefined): { checks: Map<CheckId, RunningCheck>; check: RunningCheck } {
    const places =
      serviceId === undefined
        ? [this.#checks, ...[...this.#services.values()].map(({ checks }) => checks)]
        : [this.#find(serviceId).checks];
    for (const checks of places) {
      const check = checks.get(id as CheckId);
      if (check !== undefined) return { checks, check };
    }
    throw new CheckNotFoundError(id);
  }

  #expectAllowed({ kind, id }: CheckDefinition): void {
    if (kind === 'script' && !this.#options.scriptChecks) throw new ScriptChecksOffError(id);
  }

  #start(
    definition: CheckDefinition,
    serviceId: InstanceId | undefined,
    known?: Omit<LocalCheck, 'definition'>,
  ): RunningCheck {
    const { clock, rng } = this.#options;
    const options = {
      clock,
      rng,
      changed: () => {
        this.#transition();
      },
      overdue: () => {
        if (serviceId !== undefined) this.#giveUp(serviceId, definition);
      },
    };
    return new RunningCheck(definition, options, known);
  }

  /** One that this agent may no longer run is kept as it was: nothing is run that was not allowed at this start. */
  #restore({ definition, ...known }: LocalCheck, serviceId: InstanceId | undefined): RunningCheck {
    const allowed = definition.kind !== 'script' || this.#options.scriptChecks;
    if (allowed) return this.#start(definition, serviceId, known);
    const { id, name, successThreshold, failureThreshold, deregisterAfterMs, initialStatus } = definition;
    const common = { id, name, successThreshold, failureThreshold, deregisterAfterMs, initialStatus };
    this.#options.logger.warn(
      { check: id },
      'a check that runs a program was kept, and no longer runs: see --script-checks',
    );
    return this.#start({ kind: 'ttl', ...common, ttlMs: 0 }, serviceId, {
      status: 'critical',
      output: 'this agent runs no programs (--script-checks)',
      since: this.#options.clock.epoch(),
    });
  }

  #giveUp(id: InstanceId, { id: check, deregisterAfterMs }: CheckDefinition): void {
    if (!this.#services.has(id)) return;
    this.#options.logger.warn(
      { service: id, check, deregisterAfterMs },
      'a check was critical for long: its service is removed',
    );
    this.deregister(id).catch((error: unknown) => {
      this.#options.logger.error({ err: error, service: id }, 'cannot write down that a service was removed');
    });
  }

  /** @throws HostStateError */
  async #changed(): Promise<void> {
    this.#followAliases();
    await this.#writer.now();
    this.#tell();
  }

  /**
   * On disk first: an agent that was killed in between would come back with an older status than the registry has, and undo it.
   * A disk that fails keeps nobody from hearing that a service has failed.
   */
  #transition(): void {
    this.#followAliases();
    void this.#writer
      .now()
      .catch((error: unknown) => {
        this.#options.logger.error({ err: error }, 'cannot write down the state of the host');
      })
      .then(() => {
        this.#tell();
      });
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** An alias of an alias follows with the change that this one makes. */
  #followAliases(): void {
    const all = [this.#checks, ...[...this.#services.values()].map(({ checks }) => checks)];
    for (const check of all.flatMap((checks) => [...checks.values()])) {
      if (check.definition.kind !== 'alias') continue;
      const { instanceId } = check.definition;
      const service = this.#services.get(instanceId);
      if (service === undefined) check.found({ status: 'critical', output: `this host has no service ${instanceId}` });
      else check.found({ status: healthOf(service, check), output: `as service ${instanceId}` });
    }
  }

  #state(): HostState {
    return { services: this.services(), checks: this.checks(), maintenance: this.#maintenance };
  }
}

const published = ({ state: { definition, status, output, since } }: RunningCheck): Check => ({
  id: definition.id,
  status,
  output,
  since,
});

const serviceState = ({ registration, checks, maintenance }: RunningService): LocalService => ({
  registration,
  checks: [...checks.values()].map(({ state }) => state),
  maintenance,
});

/** The worst of its checks, the asking one aside: an alias of itself says nothing. */
function healthOf({ checks, maintenance }: RunningService, asking: RunningCheck): Health {
  if (maintenance !== undefined) return 'critical';
  const statuses = [...checks.values()].filter((check) => check !== asking).map(({ state }) => state.status);
  if (statuses.includes('critical')) return 'critical';
  return statuses.includes('warning') ? 'warning' : 'passing';
}

/** @throws HostFullError */
function expectRoom(what: string, count: number, max: number): void {
  if (count > max) throw new HostFullError(what, max);
}

function isSame(a: CheckDefinition, b: CheckDefinition): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
