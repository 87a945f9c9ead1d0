import { checkRegistration, type Registration } from '@portolan/catalog';
import { createSeededRng, type Clock } from '@portolan/kernel';
import { LocalHost, NOTHING, type HostState } from '@portolan/local-host';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A host whose state is in memory. */
export function hostInMemory(clock: Clock, state: { written: HostState } = { written: NOTHING }): Promise<LocalHost> {
  const store = {
    read: async () => state.written,
    write: async (written: HostState) => {
      state.written = structuredClone(written);
    },
  };
  return LocalHost.open({ clock, rng: createSeededRng(1), logger: SILENT, store, scriptChecks: false });
}

export const registration = (id: string, service = 'web'): Registration =>
  checkRegistration({ service, id, address: '10.0.0.1', ports: [{ name: 'http', number: 80 }] });
