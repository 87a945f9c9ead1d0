import { CHECKS_MAX } from '@portolan/catalog';

/** Shorter costs more than it tells: a crash shows in a broken stream, not in a probe. */
export const INTERVAL_MS_MIN = 100;
export const INTERVAL_MS_DEFAULT = 10_000;
export const TIMEOUT_MS_DEFAULT = 10_000;
/** Of longer ones nobody knows any more whether they run. */
export const DURATION_MS_MAX = 7 * 24 * 3_600_000;

/** With those of the host and `maintenance`, an instance has no more checks than the catalog takes. */
export const SERVICE_CHECKS_MAX = 12;
export const HOST_CHECKS_MAX = CHECKS_MAX - SERVICE_CHECKS_MAX - 1;

/** Each interval is longer or shorter by up to so much, or all checks of a host would run at once. */
export const JITTER = 0.1;

/** The first probe of a check comes within so long, or its interval. */
export const FIRST_PROBE_MS_MAX = 1_000;

/** What the catalog does not take now is tried again so long after. */
export const REFUSED_RETRY_MS = 5_000;

/** What was written shows in the view at once; without a sign of it, the difference is looked at again after so long. */
export const SETTLE_MS = 1_000;
