import type { Check, HostClaim, InstanceName, Registration } from '@portolan/catalog';
import { encodeCheck, encodeRegistration } from '@portolan/catalog/wire';
import { CatalogServiceService } from '@portolan/contracts/catalog';
import type { HostCatalogSession } from '@portolan/local-host';
import { PortolanError, type Clock, type Rng } from '@portolan/kernel';
import { backoff } from '@portolan/resilience';
import { createClient } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import type { DiscoveryLogger } from '../discovery.ts';
import { isLost } from '../errors.ts';
import type { RegistryConnection } from '../registry/registry-connection.ts';
import { RECONNECT, STABLE_MS, type RegistryLink } from '../registry/registry-link.ts';
import { SessionStream } from '../session/session-stream.ts';

/** Of a host whose agent hangs nobody hears anything for so long. */
export const HOST_TTL_SECONDS = 10;

export interface HostSessionOptions {
  readonly link: RegistryLink;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: DiscoveryLogger;
  readonly claim: HostClaim;
  /** `current` is another. */
  readonly changed: () => void;
}

/** Speaks for one host, over as many streams as that takes. Its end says nothing: an agent that restarts is not gone. */
export class HostSession implements AsyncDisposable {
  readonly #options: HostSessionOptions;
  readonly #closed = new AbortController();
  readonly #running: Promise<void>;
  #current: HostCatalogSession | undefined;
  #refusal: string | undefined;

  constructor(options: HostSessionOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get current(): HostCatalogSession | undefined {
    return this.#current;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { link, clock, rng } = this.#options;
    for (let failures = 0; ;) {
      // It rejects only when one of them closes.
      const connection = await link.connected(this.#closed.signal).catch(() => undefined);
      if (connection === undefined) return;
      const since = clock.now();
      await this.#stream(connection);
      failures = clock.now() - since >= STABLE_MS ? 0 : failures + 1;
      await sleep(clock, backoff(RECONNECT, failures, rng), this.#closed.signal).catch(() => undefined);
    }
  }

  async #stream(connection: RegistryConnection): Promise<void> {
    const { clock, claim } = this.#options;
    const given = AbortSignal.any([connection.givenUp, this.#closed.signal]);
    const stream = new SessionStream(createClient(CatalogServiceService, connection), clock, given);
    try {
      const { node, agentId, deregisterAfterSeconds } = claim;
      const { ttlSeconds } = await stream.open({
        resumeLease: 0n,
        ttlSeconds: HOST_TTL_SECONDS,
        node: { ...node, metadata: { ...node.metadata } },
        host: { agentId, deregisterAfterSeconds },
      });
      this.#refusal = undefined;
      this.#become(sessionOn(stream));
      for (;;) {
        await sleep(clock, (Math.max(1, ttlSeconds) * 1_000) / 3, stream.broken);
        await stream.ask({ $case: 'renew', value: {} });
      }
    } catch (error) {
      stream.break(error);
      this.#become(undefined);
      this.#explain(stream.broken.reason, connection);
    }
  }

  #become(session: HostCatalogSession | undefined): void {
    if (this.#current === session) return;
    this.#current = session;
    this.#options.changed();
  }

  #explain(reason: unknown, connection: RegistryConnection): void {
    const { link, logger } = this.#options;
    if (this.#closed.signal.aborted || connection.givenUp.aborted) return;
    if (!(reason instanceof PortolanError) || isLost(reason.kind)) {
      link.lost(connection, reason);
    } else if (reason.kind === 'precondition') {
      logger.warn({ err: reason }, 'the session of the host broke; opening it again');
    } else if (reason.message !== this.#refusal) {
      // Said once: it is asked again and again, and another agent may go.
      this.#refusal = reason.message;
      logger.error({ err: reason, fix: reason.fix }, 'the registry does not let this agent speak for its host');
    }
  }
}

function sessionOn(stream: SessionStream): HostCatalogSession {
  return {
    over: stream.broken,
    async register(registration: Registration, checks: readonly Check[]) {
      await stream.ask({
        $case: 'register',
        value: { registration: encodeRegistration(registration), checks: checks.map(encodeCheck) },
      });
    },
    async deregister(instance: InstanceName) {
      await stream.ask({ $case: 'deregister', value: instance });
    },
    async report(instance: InstanceName, check: Check) {
      await stream.ask({ $case: 'report', value: { ...instance, check: encodeCheck(check) } });
    },
    async forgetEviction(instance: InstanceName) {
      await stream.ask({ $case: 'forgetEviction', value: instance });
    },
  };
}
