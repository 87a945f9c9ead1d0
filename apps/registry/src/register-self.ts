import { SessionEndedError, type Catalog, type CatalogSession, type Registration } from '@portolan/catalog';
import type { Clock, Principal } from '@portolan/kernel';
import { sleep } from '@portolan/runtime';

const principal: Principal = { kind: 'system', name: 'registry' };

/** Long: only a stall of this process's own event loop could end it. */
const TTL_SECONDS = 60;

export interface OwnRegistration {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly registration: Registration;
}

/** This registry as an instance in its own catalog, under a session as every other process has one. Disposing says goodbye. */
export async function registerSelf(own: OwnRegistration): Promise<AsyncDisposable> {
  const ended = new AbortController();
  const open = async (): Promise<CatalogSession> => {
    const session = await own.catalog.openSession({ principal, ttlSeconds: TTL_SECONDS });
    await session.register(own.registration, []);
    return session;
  };
  let session = await open();
  const keep = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await sleep(own.clock, (session.ttlSeconds * 1_000) / 3, ended.signal);
      try {
        await session.renew();
      } catch (error) {
        if (!(error instanceof SessionEndedError)) throw error;
        session = await open();
      }
    }
  };
  // Disposing wakes the sleeper. Whatever else goes wrong is not handled here: it ends the process, as any bug does.
  const kept = keep().catch((error: unknown) => {
    if (!ended.signal.aborted) throw error;
  });
  return {
    async [Symbol.asyncDispose]() {
      ended.abort();
      await kept;
      await session.close();
    },
  };
}
