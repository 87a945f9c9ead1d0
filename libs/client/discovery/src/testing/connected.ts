import { createSeededRng, type Rng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { RegistryLink } from '../registry/registry-link.ts';
import { recordedLog, type RecordedLog } from './recorded-log.ts';
import type { StandInRegistry } from './stand-in-registry.ts';

/** What every part of discovery is built on; time stands still until the test moves it. */
export interface Connected extends AsyncDisposable {
  readonly link: RegistryLink;
  readonly clock: VirtualClock;
  readonly rng: Rng;
  readonly log: RecordedLog;
  readonly logger: RecordedLog['logger'];
}

export function connected(...registries: readonly (StandInRegistry | string)[]): Connected {
  const clock = new VirtualClock();
  const rng = createSeededRng(1);
  const log = recordedLog();
  const addresses = registries.map((registry) => (typeof registry === 'string' ? registry : registry.address));
  const link = new RegistryLink({
    addresses,
    clock,
    rng,
    logger: log.logger,
    principal: { kind: 'service', name: 'test' },
    tls: undefined,
  });
  return { link, clock, rng, log, logger: log.logger, [Symbol.asyncDispose]: () => link[Symbol.asyncDispose]() };
}
