import type { EpochMillis, Principal } from '@portolan/kernel';

/** What a handler knows about the call it answers. Passed on as `CallOptions`, it makes the next hop part of this call. */
export interface CallContext {
  /** Aborted when the caller is gone, the deadline has passed, or this server ends: one signal for all three. */
  readonly signal: AbortSignal;
  /** When the caller stops waiting; undefined when it said nothing. */
  readonly deadline: EpochMillis | undefined;
  /** Who asks. */
  readonly principal: Principal;
  /**
   * Aborted when this server begins to drain. A call that ends by itself need not look; a stream that never does
   * ends now, so that its client goes elsewhere before the drain deadline cuts it.
   */
  readonly draining: AbortSignal;
  /** Metadata that the caller sent, by lower-case name; that of a name that ends in `-bin` in base64. */
  readonly metadata: (name: string) => string | undefined;
  /** Adds to the metadata before the first message; ignored after it. Under a name that ends in `-bin` go bytes, in base64. */
  readonly setHeader: (name: string, value: string) => void;
  /** Adds to the metadata behind the last message, beside the status; as `setHeader` otherwise. */
  readonly setTrailer: (name: string, value: string) => void;
  /** `/package.Service/Method` */
  readonly method: string;
  /** Address of the caller. */
  readonly peer: string;
}

export interface CallOptions {
  /** Aborting it cancels the call, here and on the server. */
  readonly signal?: AbortSignal;
  /** The caller waits until then; travels to the server and onwards. */
  readonly deadline?: EpochMillis | undefined;
  /** The caller waits this long; with a `deadline` too, the earlier counts. */
  readonly timeoutMs?: number;
  /** Who asks; default: who opened the channel. */
  readonly principal?: Principal;
  /** More metadata. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Doing it twice does no more than once: a channel with several endpoints may repeat it on another one. */
  readonly idempotent?: boolean;
  /** Called once with the server's metadata, when it arrives before the first message. */
  readonly onHeaders?: (get: (name: string) => string | undefined) => void;
}
