import { TLSSocket } from 'node:tls';
import { ElectionService } from '@portolan/contracts/etcd/election';
import { LockService } from '@portolan/contracts/etcd/lock';
import type { Http1Wire } from '@portolan/http';
import type { Head } from '@portolan/http1';
import { ANONYMOUS, type Principal } from '@portolan/kernel';
import { cancellationOf, type BoundMethod, type CallContext } from '@portolan/rpc';
import { certificateOf } from '@portolan/rpc/serving';
import { checkAnswer } from './answer-limit.ts';
import { GatheredBody } from './gathered-body.ts';
import { failureOfCall, failureText, type GatewayFailure } from './gateway-failure.ts';
import type { GatewayScope } from './gateway-protocol.ts';
import { fromJson, toJson } from './json-message.ts';
import { parse } from './json-objects.ts';
import { MalformedJsonError } from './malformed-json-error.ts';
import { originRule, type OriginRule } from './origin-rule.ts';
import { PLAIN_ANSWERS, type PlainAnswer } from './plain-answers.ts';
import { ROUTES, type Route } from './routes.ts';
import { answerStream } from './stream-answers.ts';
import { StreamBody } from './stream-body.ts';

/** The largest request in base64, which makes four bytes of three. */
const BODY_BYTES_MAX = 3 * 1_048_576;

/** What has one answer, and may wait for it as long as others like. */
const WAITING: ReadonlySet<string> = new Set([LockService.lock.path, ElectionService.campaign.path]);

/** One for all of them. */
const GONE = cancellationOf(new DOMException('the caller is gone', 'AbortError'), true);

const NOT_FOUND: GatewayFailure = { http: 404, code: 5, message: 'Not Found' };
const NOT_ALLOWED: GatewayFailure = { http: 501, code: 12, message: 'Method Not Allowed' };
const TOO_LARGE: GatewayFailure = {
  http: 413,
  code: 8,
  message: `the body has more than ${BODY_BYTES_MAX} bytes`,
};

/** One request to the gateway and its answer. */
export class GatewayExchange {
  readonly #scope: GatewayScope;
  readonly #wire: Http1Wire<GatewayExchange>;
  readonly #method: string;
  readonly #path: string;
  readonly #route: Route | undefined;
  readonly #bound: BoundMethod | undefined;
  readonly #hasLeader: string | undefined;
  readonly #origin: OriginRule;
  readonly #leaving = new AbortController();
  readonly #gathered = new GatheredBody();
  #body: StreamBody | undefined;
  #isPaused = false;
  #isOver = false;
  /** What the client did not take yet. */
  #unsent: Buffer | undefined;
  #endsAfter = false;
  #taken: PromiseWithResolvers<void> | undefined;

  constructor(scope: GatewayScope, wire: Http1Wire<GatewayExchange>, head: Head) {
    this.#scope = scope;
    this.#wire = wire;
    this.#method = head.method;
    [this.#path = ''] = head.path.split('?');
    this.#origin = originRule(head.get('origin'), scope.origins);
    // etcd's gateway passes such fields on as metadata.
    this.#hasLeader = head.get('grpc-metadata-hasleader');
    this.#route = this.#path.startsWith('/v3/') ? ROUTES[this.#path.slice('/v3/'.length)] : undefined;
    this.#bound = this.#route === undefined ? undefined : scope.methods.get(this.#route.method);
    const isStream = this.#method === 'POST' && this.#bound?.definition.requestStream === true;
    if (isStream && this.#origin.kind !== 'refused') this.#beginStream();
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isOver) return;
    const piece = bytes.subarray(start, end);
    if (this.#body !== undefined) this.#pushStream(this.#body, Buffer.from(piece));
    else if (this.#origin.kind === 'refused') this.#refuse(this.#origin.failure);
    else if (this.#gathered.length + piece.length <= BODY_BYTES_MAX) this.#gathered.add(piece);
    else this.#refuse(TOO_LARGE);
  }

  onEnd(): void {
    if (this.#body !== undefined) this.#body.end();
    else if (!this.#isOver) void this.#answer();
  }

  onWritable(): void {
    const unsent = this.#unsent;
    if (unsent === undefined) return;
    const sent = this.#wire.data(unsent, 0, unsent.length, this.#endsAfter);
    this.#unsent = sent < unsent.length ? unsent.subarray(sent) : undefined;
    if (this.#unsent === undefined) this.#taken?.resolve();
  }

  /**
   * The client is gone, or has said all and still listens: that looks the same. Most calls end by themselves; what would wait on for nobody
   * is given up, as by etcd.
   */
  onHalfClose(): void {
    const definition = this.#bound?.definition;
    if (definition === undefined) return;
    if (definition.responseStream || WAITING.has(definition.path)) this.#leaving.abort(GONE);
  }

  onClose(): void {
    this.#isOver = true;
    this.#leaving.abort(GONE);
    this.#taken?.resolve();
    this.#unsent = undefined;
  }

  /** Never rejects. */
  async #answer(): Promise<void> {
    try {
      if (this.#origin.kind === 'refused') {
        this.#refuse(this.#origin.failure);
        return;
      }
      if (this.#origin.kind === 'allowed' && this.#method === 'OPTIONS') {
        this.#send({ status: 200, type: 'text/plain', text: '' });
        return;
      }
      const plain = this.#method === 'GET' || this.#method === 'HEAD' ? PLAIN_ANSWERS.get(this.#path) : undefined;
      if (plain !== undefined) this.#send(await plain(this.#scope));
      else if (this.#route === undefined || this.#bound === undefined) this.#refuse(NOT_FOUND);
      else if (this.#method !== 'POST') this.#refuse(NOT_ALLOWED);
      else await this.#call(this.#route, this.#bound);
    } catch (error) {
      this.#refuse(failureOfCall(error, this.#path, this.#scope.logger));
    }
  }

  async #call(route: Route, bound: BoundMethod): Promise<void> {
    const text = this.#gathered.text();
    if (text.trim() === '') throw new MalformedJsonError('the body is empty: send {} at least');
    const request = fromJson(route.request, parse(text));
    const result = bound.handle(request, this.#context(bound));
    if (bound.definition.responseStream) {
      await this.#stream(result, route);
    } else {
      const value = await result;
      checkAnswer(value);
      const text = JSON.stringify(toJson(route.response, value));
      this.#send({ status: 200, type: 'application/json', text });
    }
  }

  #beginStream(): void {
    const [route, bound] = [this.#route, this.#bound];
    if (route === undefined || bound === undefined) return;
    const body = new StreamBody(
      (json) => fromJson(route.request, json),
      BODY_BYTES_MAX,
      () => {
        if (!this.#isOver && this.#isPaused) this.#pause(false);
      },
    );
    this.#body = body;
    void this.#stream(bound.handle(body, this.#context(bound)), route);
  }

  #pushStream(body: StreamBody, piece: Buffer): void {
    body.push(piece);
    if (body.isFull && !this.#isPaused) this.#pause(true);
  }

  #pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) this.#wire.pause();
    else this.#wire.resume();
  }

  /** Never rejects. */
  async #stream(answers: unknown, route: Route): Promise<void> {
    await answerStream(answers, route, this.#scope.logger, {
      begin: () => {
        if (!this.#isOver) this.#wire.head(200, ['content-type', 'application/json', ...this.#originFields()], false);
      },
      send: (text) => this.#write(Buffer.from(text), false),
      refuse: (failure) => {
        this.#refuse(failure);
      },
      end: () => {
        if (!this.#isOver) this.#wire.end();
        this.#isOver = true;
      },
    });
  }

  #context({ definition }: BoundMethod): CallContext {
    return {
      signal: this.#leaving.signal,
      deadline: undefined,
      principal: this.#principal(),
      draining: this.#scope.draining,
      metadata: (name) => (name === 'hasleader' ? this.#hasLeader : undefined),
      setHeader: () => undefined,
      setTrailer: () => undefined,
      method: definition.path,
      peer: this.#wire.peer,
    };
  }

  #principal(): Principal {
    const { identify } = this.#scope;
    const { socket } = this.#wire;
    const certificate = identify !== undefined && socket instanceof TLSSocket ? certificateOf(socket) : undefined;
    return identify === undefined || certificate === undefined ? ANONYMOUS : identify(certificate, undefined);
  }

  #originFields(): readonly string[] {
    return this.#origin.kind === 'allowed' ? this.#origin.fields : [];
  }

  #refuse(failure: GatewayFailure): void {
    this.#send({ status: failure.http, type: 'application/json', text: failureText(failure) });
  }

  #send({ status, type, text }: PlainAnswer): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const content = Buffer.from(text);
    const fields = ['content-type', type, 'content-length', String(content.length), ...this.#originFields()];
    if (this.#method === 'HEAD' || content.length === 0) {
      this.#wire.head(status, fields, true);
      return;
    }
    this.#wire.head(status, fields, false);
    void this.#write(content, true);
  }

  /** Resolves when the client has taken it, or is gone. */
  async #write(content: Buffer, isLast: boolean): Promise<void> {
    if (this.#leaving.signal.aborted) return;
    const sent = this.#wire.data(content, 0, content.length, isLast);
    if (sent === content.length) return;
    this.#unsent = content.subarray(sent);
    this.#endsAfter = isLast;
    this.#taken = Promise.withResolvers();
    await this.#taken.promise;
  }
}
