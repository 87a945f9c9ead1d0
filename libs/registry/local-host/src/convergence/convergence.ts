import type { InstanceName, NodeName } from '@portolan/catalog';
import { PortolanError, type Clock, type Timer } from '@portolan/kernel';
import { REFUSED_RETRY_MS, SETTLE_MS } from '../limits.ts';
import type { LocalHost } from '../local-host.ts';
import type { HostLogger } from '../logger.ts';
import { nameKey, planConvergence, type ConvergenceStep } from './plan-convergence.ts';
import type { HostCatalogSession, HostUpstream } from './upstream.ts';

export interface ConvergenceOptions {
  readonly host: LocalHost;
  readonly upstream: HostUpstream;
  readonly node: NodeName;
  readonly clock: Clock;
  readonly logger: HostLogger;
}

/**
 * Anti-entropy: whatever changes, here or in the registry, the registry is made to have what the host has, and nothing else
 * of it. Level-triggered: each pass compares the whole, so that nothing depends on what was heard before.
 */
export class Convergence implements AsyncDisposable {
  readonly #options: ConvergenceOptions;
  readonly #unsubscribe: readonly (() => void)[];
  /** What the registry does not take, and why; not asked again before its time. */
  readonly #refused = new Map<string, { readonly untilMs: number; readonly reason: string }>();
  #timer: Timer | undefined;
  #passing: Promise<void> | undefined;
  #again = false;
  #closed = false;
  #converged = false;

  constructor(options: ConvergenceOptions) {
    this.#options = options;
    const look = (): void => {
      this.#look();
    };
    this.#unsubscribe = [options.host.subscribe(look), options.upstream.subscribe(look)];
    this.#look();
  }

  /** Whether the registry had all that the host has when last compared. */
  get converged(): boolean {
    return this.#converged;
  }

  /** Why the registry does not have an instance; undefined: nothing stands against it. */
  refusal(instance: InstanceName): string | undefined {
    return this.#refused.get(nameKey(instance))?.reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#timer?.cancel();
    await this.#passing;
  }

  #look(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#passing ??= this.#passes().finally(() => {
      this.#passing = undefined;
      if (this.#again) this.#look();
    });
  }

  async #passes(): Promise<void> {
    // Several changes of one turn are one pass.
    await Promise.resolve();
    while (this.#again && !this.#closed) {
      this.#again = false;
      await this.#pass();
    }
  }

  async #pass(): Promise<void> {
    const { host, upstream, node, clock } = this.#options;
    this.#timer?.cancel();
    const { view, session } = upstream;
    this.#converged = false;
    if (view === undefined || session === undefined) return;
    const steps = planConvergence(host.desired(), view, node);
    this.#converged = steps.length === 0;
    if (this.#converged) this.#refused.clear();
    const due = steps.filter((step) => (this.#refused.get(keyOf(step))?.untilMs ?? 0) <= clock.now());
    for (const step of due) {
      if (session.over.aborted || this.#isClosed()) return;
      await this.#take(step, session);
    }
    if (steps.length > 0) {
      this.#timer = clock.after(due.length > 0 ? SETTLE_MS : REFUSED_RETRY_MS, () => {
        this.#look();
      });
    }
  }

  // A function: TypeScript believes that what it saw before an await still holds.
  #isClosed(): boolean {
    return this.#closed;
  }

  async #take(step: ConvergenceStep, session: HostCatalogSession): Promise<void> {
    const { clock, logger } = this.#options;
    try {
      await this.#do(step, session);
      this.#refused.delete(keyOf(step));
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      if (session.over.aborted) return;
      const key = keyOf(step);
      const { reason } = this.#refused.get(key) ?? {};
      if (reason !== error.message) {
        logger.warn(
          { instance: key, step: step.kind, err: error, fix: error.fix },
          'the registry does not take it; trying on',
        );
      }
      this.#refused.set(key, { untilMs: clock.now() + REFUSED_RETRY_MS, reason: error.message });
    }
  }

  async #do(step: ConvergenceStep, session: HostCatalogSession): Promise<void> {
    switch (step.kind) {
      case 'forget':
        await this.#forget(step.instance, step.principal);
        await session.forgetEviction(step.instance);
        return;
      case 'register':
        await session.register(step.desired.registration, step.desired.checks);
        return;
      case 'report':
        await session.report(step.instance, step.check);
        return;
      case 'deregister':
        await session.deregister(step.instance);
    }
  }

  async #forget({ service, instanceId }: InstanceName, principal: string): Promise<void> {
    const { host, logger } = this.#options;
    const found = host.services().find(({ registration }) => registration.id === instanceId);
    if (found?.registration.service !== service) return;
    logger.warn({ service, instanceId, principal }, 'an operator removed a service of this host: it is forgotten');
    await host.deregister(instanceId);
  }
}

function keyOf(step: ConvergenceStep): string {
  if (step.kind !== 'register') return nameKey(step.instance);
  const { service, id } = step.desired.registration;
  return nameKey({ service, instanceId: id });
}
