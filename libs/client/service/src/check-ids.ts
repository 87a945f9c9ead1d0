import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** Things looked up by id in one call: as many as the largest page shows. */
export const IDS_MAX = 100;

/** More ids than one call looks up. */
export class TooManyIdsError extends PortolanError {
  readonly code = 'SERVICE_TOO_MANY_IDS';
  readonly kind: ErrorKind = 'invalid';
}

/**
 * The ids of a request, each once, in its order.
 * @throws TooManyIdsError when there are more than `IDS_MAX`
 */
export function checkIds(ids: readonly string[]): readonly string[] {
  if (ids.length > IDS_MAX) {
    throw new TooManyIdsError(`${ids.length} ids are too many for one call`, {
      fix: `send at most ${IDS_MAX}, and the rest in further calls`,
      context: { ids: ids.length, max: IDS_MAX },
    });
  }
  return [...new Set(ids)];
}
