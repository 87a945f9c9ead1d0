import { SessionEndedError, type Catalog, type CatalogSession, type Registration } from '@portolan/catalog';
import { PortolanError, type Clock, type Principal } from '@portolan/kernel';
import { sleep } from '@portolan/runtime';
import { within } from './within.ts';

const principal: Principal = { kind: 'system', name: 'registry' };

/** Long: only a stall of this process's own event loop, or a cluster without a leader for so long, could end it. */
const TTL_SECONDS = 60;
/** While the cluster has no leader. */
const RETRY_MS = 1_000;

export interface OwnRegistrationOptions {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly registration: Registration;
  /** To say goodbye: without a leader there is nobody to say it to, and the lease ends by itself. */
  readonly goodbyeMs: number;
}

/** Disposing says goodbye. */
export interface OwnRegistration extends AsyncDisposable {
  /** Resolves when it is in the catalog for the first time, so when this registry can write. */
  readonly whenRegistered: Promise<void>;
}

/** This registry as an instance in its own catalog, under a session as every other process has one. */
export function registerSelf(own: OwnRegistrationOptions): OwnRegistration {
  const ended = new AbortController();
  const registered = Promise.withResolvers<undefined>();
  let session: CatalogSession | undefined;
  const renew = async (): Promise<void> => {
    if (session === undefined) {
      const opened = await own.catalog.openSession({ principal, ttlSeconds: TTL_SECONDS });
      await opened.register(own.registration, []);
      session = opened;
      registered.resolve(undefined);
    } else await session.renew();
  };
  const keep = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      let waitMs = (TTL_SECONDS * 1_000) / 3;
      try {
        await renew();
      } catch (error) {
        if (!(error instanceof PortolanError)) throw error;
        if (error instanceof SessionEndedError) session = undefined;
        waitMs = RETRY_MS;
      }
      await sleep(own.clock, waitMs, ended.signal);
    }
  };
  // Disposing wakes the sleeper. Whatever else goes wrong is not handled here: it ends the process, as any bug does.
  const kept = keep().catch((error: unknown) => {
    if (!ended.signal.aborted) throw error;
  });
  return {
    whenRegistered: registered.promise,
    async [Symbol.asyncDispose]() {
      ended.abort();
      const goodbye = kept
        .then(() => session?.close())
        .catch((error: unknown) => {
          if (!(error instanceof PortolanError)) throw error;
        });
      await within(own.clock, own.goodbyeMs, goodbye);
    },
  };
}
