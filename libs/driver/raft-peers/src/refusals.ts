import { PortolanError } from '@portolan/kernel';
import type { MemberId } from '@portolan/raft';
import type { Logger } from '@portolan/telemetry';
import type { PeersOptions } from './options.ts';

/** Refusals remembered, so that each is said once. Full: the oldest is forgotten, and said again. */
const REMEMBERED_MAX = 256;

/** Codes of errors that another attempt will not make good. */
const LASTING: ReadonlySet<string> = new Set([
  'RAFT_PEER_WRONG_CLUSTER',
  'RAFT_PEER_WRONG_INCARNATION',
  'RAFT_PEER_WRONG_MEMBER',
  'RAFT_PEER_SELF',
  'RAFT_PEER_VERSION',
  'RAFT_PEER_MALFORMED',
  'RAFT_PEER_TOO_MANY',
]);

/** Tells of peers that refuse this process, or that it refuses: once for each reason and address, however often they try. */
export class Refusals {
  readonly #said = new Map<string, MemberId | undefined>();
  readonly #logger: Logger;
  readonly #onEvent: PeersOptions['onEvent'];

  constructor({ logger, onEvent }: Pick<PeersOptions, 'logger' | 'onEvent'>) {
    this.#logger = logger;
    this.#onEvent = onEvent;
  }

  /** @param member whom we have dialled; undefined for who has dialled us */
  note(member: MemberId | undefined, address: string, error: unknown): void {
    if (!(error instanceof PortolanError) || !LASTING.has(error.code)) {
      this.#logger.debug({ member: member?.toString(), address, err: error }, 'no stream with a peer');
      return;
    }
    // Who dials us does so from another port each time.
    const where = member === undefined ? address.replace(/:\d+$/, '') : address;
    const key = `${member?.toString() ?? 'somebody'} ${where} ${error.code}`;
    if (this.#said.has(key)) return;
    this.#said.set(key, member);
    const [oldest] = this.#said.keys();
    if (this.#said.size > REMEMBERED_MAX && oldest !== undefined) this.#said.delete(oldest);
    const { code, fix, message } = error;
    this.#logger.warn({ member: member?.toString(), address, code, fix }, `a peer is refused: ${message}`);
    this.#onEvent?.({ kind: 'refused', member, address, error });
  }

  /** The member was reached: what it was refused for is over. */
  forget(member: MemberId): void {
    for (const [key, of] of this.#said) if (of === member) this.#said.delete(key);
  }
}
