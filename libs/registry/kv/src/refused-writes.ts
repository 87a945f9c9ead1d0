import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** The alarm `corrupt` is raised: a write might spread what one member has wrong. */
export class CorruptStoreError extends PortolanError {
  readonly code = 'KV_CORRUPT';
  readonly kind: ErrorKind = 'precondition';

  constructor() {
    super('the store takes no writes: members differ in what they hold', {
      fix: 'list the alarms, remove the member they name and let it join again with an empty folder, then disarm the alarm',
    });
  }
}

export class TooManyAlarmsError extends PortolanError {
  readonly code = 'KV_TOO_MANY_ALARMS';
  readonly kind: ErrorKind = 'exhausted';

  constructor(alarmsMax: number) {
    super(`${String(alarmsMax)} alarms are raised, and no more can be`, {
      fix: 'list the alarms and disarm those that are settled',
      context: { alarmsMax },
    });
  }
}

/** A member may not know the command yet: it would have to stop. */
export class FormatNotActiveError extends PortolanError {
  readonly code = 'KV_FORMAT_NOT_ACTIVE';
  readonly kind: ErrorKind = 'precondition';

  constructor(format: number, active: number) {
    super(`this needs command format ${String(format)}, and the cluster is at ${String(active)}`, {
      fix: 'start every member with the new version: the cluster then raises its format by itself',
      context: { format, active },
    });
  }
}
