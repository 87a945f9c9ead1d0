/** A service, port or check name fits one DNS label (RFC 1035 §2.3.4); a service may be asked for by DNS. */
export const NAME_CHARACTERS_MAX = 63;

/** An instance id or node name holds a host name and a uuid beside it; both are part of keys. */
export const ID_CHARACTERS_MAX = 128;

/** A host name in full (RFC 1035 §2.3.4). */
export const ADDRESS_CHARACTERS_MAX = 253;

/** A process that listens on more is several services. */
export const PORTS_MAX = 16;

/** Tags select; each is compared with each tag of a query. */
export const TAGS_MAX = 64;
export const TAG_CHARACTERS_MAX = 128;

/** With 512 bytes each at most 32 KiB travel to every watcher with each change of the instance. */
export const METADATA_ENTRIES_MAX = 64;
export const METADATA_KEY_CHARACTERS_MAX = 128;
export const METADATA_VALUE_BYTES_MAX = 512;

/** As in DNS SRV (RFC 2782), where a weight is 16 bits. */
export const WEIGHT_MAX = 65_535;
export const WEIGHT_DEFAULT = 100;

/** Checks of one instance. One registration is one transaction, and that has at most 128 operations. */
export const CHECKS_MAX = 16;

/** Enough for an error and its stack; more belongs in a log. */
export const OUTPUT_BYTES_MAX = 4 * 1024;

/** The last instant that a JavaScript date can name. */
export const SINCE_MAX = 8.64e15;

/** Instances under one session: its break writes each of them once. */
export const SESSION_INSTANCES_MAX = 256;

/** Instances of one host. Its agent reads all of them with each change. */
export const HOST_INSTANCES_MAX = 1_024;

/** Shorter expires by a pause of the registrant's garbage collector. */
export const SESSION_TTL_SECONDS_MIN = 2;

/** Longer leaves a process that hangs without breaking its stream in every answer for so long. */
export const SESSION_TTL_SECONDS_MAX = 60;

/** A broken stream may be a reconnect on its way: so long nothing is said. A crash is to be seen within 3 s. */
export const BROKEN_GRACE_MS = 1_000;

/** An agent may be restarting: so long nothing is said of its host. A process of Node starts in well under a second. */
export const HOST_GRACE_MS = 5_000;

/** An agent that never comes back to hear of it: then nobody is left who would put the instance back. */
export const EVICTION_TTL_SECONDS = 7 * 24 * 3_600;

/** Optimistic writes to one instance that lose to another writer; each loss means that another one won. */
export const WRITE_ATTEMPTS_MAX = 16;

/** Of these at 36 KiB the answer fits a message of 4 MiB. */
export const READ_PAGE_KEYS = 100;

/** Watches of one catalog. Each costs about 1 KiB and an answer per change of its service. Full: TooManyWatchersError. */
export const CATALOG_WATCHERS_MAX = 100_000;

/** Different queries of one service whose answers are kept until it changes. Full: the others are computed each time. */
export const SHARED_ANSWERS_MAX = 64;

/** After a failure that is not the store's history ending, the feed waits so long: doubling, up to the second. */
export const FEED_RETRY_MS_MIN = 100;
export const FEED_RETRY_MS_MAX = 5_000;
