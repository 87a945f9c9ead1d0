import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** Two settings that contradict each other. */
export class ConfigConflictError extends PortolanError {
  readonly code = 'REGISTRY_SETTINGS_CONFLICT';
  readonly kind: ErrorKind = 'invalid';

  constructor(one: string, other: string) {
    super(`${one} and ${other} contradict each other`, {
      fix: `leave one of them out: --peers founds a new cluster, --join asks one that runs, --store is somebody else's`,
      context: { one, other },
    });
  }
}
