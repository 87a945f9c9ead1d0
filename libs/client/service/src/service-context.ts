import type { Discovery } from '@portolan/discovery';
import type { Clock, Rng } from '@portolan/kernel';
import type { Telemetry } from '@portolan/telemetry';

/** What a service is given to make its methods from. */
export interface ServiceContext extends Pick<Telemetry, 'logger' | 'registry'> {
  /** Unique among the service's processes; every answer carries it. */
  readonly instance: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly discovery: Discovery;
  /** Disposes `resource` after the last call has been answered. Its name appears when that takes too long. */
  readonly use: <T extends AsyncDisposable | Disposable>(name: string, resource: T) => T;
}
