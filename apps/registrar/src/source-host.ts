import { checkDefinition, type CheckDefinition, type LocalHost } from '@portolan/local-host';
import type { RegistrarSource, SourceEntry, SourceLogger } from './source.ts';

/** Keeps a host's services what one source says they are. */
export class SourceHost {
  readonly source: RegistrarSource;
  readonly host: LocalHost;
  readonly #logger: SourceLogger;
  readonly #synced = Promise.withResolvers<undefined>();
  #isSynced = false;

  constructor(source: RegistrarSource, host: LocalHost, logger: SourceLogger) {
    this.source = source;
    this.host = host;
    this.#logger = logger;
  }

  /** Its source has been read at least once: until then nobody knows what is gone. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Resolves when it is. */
  get synced(): Promise<unknown> {
    return this.#synced.promise;
  }

  /** Until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for await (const entries of this.source.entries(signal)) {
      await this.#apply(entries);
      this.#isSynced = true;
      this.#synced.resolve(undefined);
    }
  }

  async #apply(entries: readonly SourceEntry[]): Promise<void> {
    const { host, source } = this;
    const wanted = new Map(entries.map((entry) => [entry.registration.id, entry]));
    const before = new Map(host.services().map((service) => [service.registration.id, service]));
    for (const id of before.keys()) {
      if (wanted.has(id)) continue;
      await host.deregister(id);
      this.#logger.info({ source: source.name, instance: id }, 'gone from its source');
    }
    for (const [id, { registration, checks, health }] of wanted) {
      const known = before.get(id);
      const all = health === undefined ? checks : [...checks, ownCheck(source.name)];
      if (JSON.stringify(known?.registration) !== JSON.stringify(registration) || !hasChecks(known?.checks, all)) {
        await host.register(registration, all);
        if (known === undefined) this.#logger.info({ source: source.name, instance: id }, 'found by its source');
      }
      if (health !== undefined) host.report(source.name, health.status, health.output, id);
    }
  }
}

/** Reported by the source itself, which never falls silent by dying: its registrar does. */
function ownCheck(source: string): CheckDefinition {
  return checkDefinition({ kind: 'ttl', id: source, ttlMs: 0 });
}

function hasChecks(
  known: readonly { readonly definition: CheckDefinition }[] | undefined,
  wanted: readonly CheckDefinition[],
): boolean {
  return JSON.stringify(known?.map(({ definition }) => definition)) === JSON.stringify(wanted);
}
