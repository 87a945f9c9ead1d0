import {
  KVService,
  type RangeRequest,
  type RangeResponse,
  type TxnRequest,
  type TxnResponse,
} from '@portolan/contracts/etcd/kv';
import type { ResponseHeader } from '@portolan/contracts/etcd/header';
import {
  IncarnationChangedError,
  keyOf,
  keysWithPrefix,
  revision,
  type Header,
  type Incarnation,
  type Keyspace,
  type Revision,
} from '@portolan/kv';
import type { MethodDefinition } from '@portolan/rpc';
import type { CallTerms, EtcdChannel } from './channel/etcd-channel.ts';
import { INCARNATION, incarnationNote } from './incarnation-note.ts';
import { headerOf, type Incarnations } from './incarnations.ts';
import type { KeyMapping } from './mapping/key-mapping.ts';
import { plainRange } from './mapping/range.ts';

const NOTES = keysWithPrefix(keyOf('note/'));

/** Below `revision`, a keyspace's history is forgotten. */
export interface Floor {
  readonly revision: Revision;
  /** Of the note; 0: there is none. */
  readonly modRevision: bigint;
}

/** What all Portolan processes on this etcd know of it, and what time it is there. */
export interface Notes extends Header {
  readonly floors: Readonly<Record<Keyspace, Floor>>;
}

interface Answered<Response> {
  readonly response: Response;
  readonly header: Header;
}

interface WithHeader {
  readonly header: ResponseHeader | undefined;
}

export interface EtcdClusterOptions {
  readonly channel: EtcdChannel;
  readonly mapping: KeyMapping;
  readonly incarnations: Incarnations;
}

/** Calls to the cluster, each answered with where its history is. */
export class EtcdCluster {
  readonly channel: EtcdChannel;
  readonly mapping: KeyMapping;
  readonly #incarnations: Incarnations;
  readonly #changed = new Set<(error: IncarnationChangedError) => void>();
  #settling: Promise<void> | undefined;

  constructor({ channel, mapping, incarnations }: EtcdClusterOptions) {
    this.channel = channel;
    this.mapping = mapping;
    this.#incarnations = incarnations;
  }

  get incarnation(): Incarnation {
    return this.#incarnations.current;
  }

  /** Called when history is another one than before. */
  onChanged(listener: (error: IncarnationChangedError) => void): void {
    this.#changed.add(listener);
  }

  /** Reads the incarnation, or notes one on an etcd where no Portolan has been. */
  async open(signal: AbortSignal | undefined): Promise<void> {
    await this.#settle(undefined, signal);
  }

  range(request: RangeRequest, signal: AbortSignal | undefined): Promise<Answered<RangeResponse>> {
    const terms = { repeatable: 'read', signal } as const;
    return this.call(KVService.range, request, terms, !request.serializable);
  }

  txn(request: TxnRequest, terms: CallTerms, isLinearizable = true): Promise<Answered<TxnResponse>> {
    return this.call(KVService.txn, request, terms, isLinearizable);
  }

  /** @param isLinearizable no answer to it is older than one that came before it was asked */
  async call<Request, Response extends WithHeader>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    terms: CallTerms,
    isLinearizable = true,
  ): Promise<Answered<Response>> {
    const since = this.#incarnations.newest;
    const response = await this.channel.unary(method, request, terms);
    const header = headerOf(response);
    if (isLinearizable && this.#incarnations.isOfAnother(header, since)) await this.#change();
    return { response, header: this.#incarnations.heard(header) };
  }

  /** An answer that came on a stream. */
  heard(header: ResponseHeader): Header {
    return this.#incarnations.heard(header);
  }

  /** Linearizable. */
  async notes(signal: AbortSignal | undefined): Promise<Notes> {
    const { response, header } = await this.range(this.notesRange(), signal);
    return this.readNotes(response, header);
  }

  /** The notes in an answer to `notesRange`. */
  readNotes({ kvs }: RangeResponse, header: Header): Notes {
    const byName = new Map(kvs.map((keyValue) => [this.mapping.keyOf('own', keyValue.key), keyValue]));
    const number = byName.get(INCARNATION)?.value.toString('latin1');
    if (number !== undefined) this.#read(number);
    const floorOf = (keyspace: Keyspace): Floor => {
      const note = byName.get(keyOf(floorName(keyspace)));
      if (note === undefined) return { revision: revision(1), modRevision: 0n };
      return { revision: revision(Number(note.value.toString('latin1'))), modRevision: note.modRevision };
    };
    const [user, catalog, system] = [floorOf('user'), floorOf('catalog'), floorOf('system')];
    return { ...header, incarnation: this.incarnation, floors: { user, catalog, system } };
  }

  notesRange(): RangeRequest {
    return plainRange(this.mapping.range('own', NOTES));
  }

  /** Once for all who have seen it, whoever of them gives up. */
  #change(): Promise<void> {
    this.#settling ??= (async () => {
      try {
        const before = this.#incarnations.current;
        const number = this.#incarnations.number;
        this.#incarnations.forget();
        await this.#settle(number, undefined);
        this.#tell(before);
      } finally {
        this.#settling = undefined;
      }
    })();
    return this.#settling;
  }

  async #settle(before: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const options = { before, drawn: this.#incarnations.draw() };
    const { number, header } = await incarnationNote(this.channel, this.mapping, options, signal);
    this.#incarnations.read(number);
    this.#incarnations.heard(header);
  }

  #read(number: string): void {
    const before = this.#incarnations.current;
    if (this.#incarnations.read(number)) this.#tell(before);
  }

  #tell(before: Incarnation): void {
    const error = new IncarnationChangedError(before, this.#incarnations.current);
    for (const listener of this.#changed) listener(error);
  }
}

export function floorName(keyspace: Keyspace): string {
  return `note/floor/${keyspace}`;
}
