import { PortolanError, type Clock } from '@portolan/kernel';
import type { CatalogIndex, Subscription } from './catalog-index.ts';
import type { CatalogLogger } from './catalog-logger.ts';
import { NODE_CHECK, type InstanceName } from './catalog.ts';
import type { HostWriter } from './host-writer.ts';
import { FEED_RETRY_MS_MAX } from './limits.ts';
import type { NodeName } from './model.ts';
import { HOSTS } from './topics.ts';

export interface HostReaperOptions {
  readonly clock: Clock;
  readonly logger: CatalogLogger;
  readonly writer: HostWriter;
  readonly index: CatalogIndex;
}

/**
 * Follows which hosts have an agent. Those of one that has none turn critical; what was critical for that for as long as its
 * agent said is removed. It decides on what is stored alone, so it may run on any node, and goes on after a restart.
 */
export class HostReaper implements AsyncDisposable {
  readonly #options: HostReaperOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: HostReaperOptions) {
    this.#options = options;
  }

  /** Harmless when it runs already. @throws TooManyWatchersError, CatalogClosedError */
  start(): void {
    this.#running ??= this.#run(this.#options.index.subscribe(HOSTS), this.#stop.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(subscription: Subscription, stop: AbortSignal): Promise<void> {
    const { clock, logger, index } = this.#options;
    using hosts = subscription;
    try {
      for (;;) {
        await index.caughtUp(stop);
        const nextMs = await this.#pass().catch((error: unknown) => {
          if (!(error instanceof PortolanError)) throw error;
          logger.warn({ err: error }, 'cannot say of a host that it is away: trying again');
          return FEED_RETRY_MS_MAX;
        });
        const due = new AbortController();
        const timer =
          nextMs === undefined
            ? undefined
            : clock.after(nextMs, () => {
                due.abort();
              });
        await hosts.changed(AbortSignal.any([stop, due.signal])).catch((error: unknown) => {
          if (error !== due.signal.reason) throw error;
        });
        timer?.cancel();
      }
    } catch (error) {
      if (!stop.aborted) throw error;
    }
  }

  /** @returns when there is something to do again, in ms; undefined: not before something changes */
  async #pass(): Promise<number | undefined> {
    const absent = this.#options.index.known?.records.hosts.absent() ?? [];
    let next: number | undefined;
    for (const node of absent) {
      const names = this.#options.index.known?.records.hosts.instancesOn(node) ?? [];
      for (const name of names) {
        const dueMs = await this.#judge(name, node);
        if (dueMs !== undefined && (next === undefined || dueMs < next)) next = dueMs;
      }
    }
    return next;
  }

  /** @returns when its time is over, in ms from now */
  async #judge(name: InstanceName, node: NodeName): Promise<number | undefined> {
    const { clock, logger, writer, index } = this.#options;
    const found = index.known?.records.instance(name.service, name.instanceId)?.instance;
    if (found?.owner.kind !== 'agent') return undefined;
    const now = clock.epoch();
    const check = found.checks.find(({ id }) => id === NODE_CHECK);
    if (check?.status !== 'critical') {
      logger.warn({ ...name, node }, 'the agent of a host is away: its instance turns critical');
      await writer.hostIsAway(name, node, {
        id: NODE_CHECK,
        status: 'critical',
        output: `the agent of ${node} is away`,
        since: now,
      });
    }
    const { deregisterAfterSeconds } = found.owner;
    if (deregisterAfterSeconds === 0) return undefined;
    const since = check?.status === 'critical' ? check.since : now;
    const leftMs = since + deregisterAfterSeconds * 1_000 - now;
    if (leftMs > 0) return leftMs;
    logger.warn(
      { ...name, node, deregisterAfterSeconds },
      'the agent of a host has been away for long: its instance is removed',
    );
    await writer.reap(name, node);
    return undefined;
  }
}
