import { checkRegistration, type RawRegistration, type Registration } from '@portolan/catalog';
import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { LocalHost } from '../local-host.ts';
import type { HostLogger } from '../logger.ts';
import { NOTHING, type HostState, type HostStateStore } from '../state/host-state.ts';

export const registration = (id: string, overrides: Partial<RawRegistration> = {}): Registration =>
  checkRegistration({
    service: 'web',
    id,
    address: '10.0.0.1',
    ports: [{ name: 'http', number: 8_080 }],
    ...overrides,
  });

/** Keeps the state in memory; what was not written is lost with the process. */
export class StateInMemory implements HostStateStore {
  written: HostState = NOTHING;
  writes = 0;

  async read(): Promise<HostState> {
    return this.written;
  }

  async write(state: HostState): Promise<void> {
    this.written = structuredClone(state);
    this.writes += 1;
  }
}

export class HostUnderTest {
  readonly clock = new VirtualClock();
  readonly store = new StateInMemory();
  readonly logged: string[] = [];
  readonly logger: HostLogger;

  constructor() {
    const log = (_: object, message: string): void => {
      this.logged.push(message);
    };
    this.logger = { info: log, warn: log, error: log };
  }

  open(scriptChecks = false): Promise<LocalHost> {
    const { clock, store, logger } = this;
    return LocalHost.open({ clock, rng: createSeededRng(1), logger, store, scriptChecks });
  }
}
