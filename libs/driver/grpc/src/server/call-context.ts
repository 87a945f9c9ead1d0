import { checkFields } from '@portolan/http2';
import { ANONYMOUS, epochMillis, parsePrincipal, type EpochMillis, type Principal } from '@portolan/kernel';
import type { CallContext } from '@portolan/rpc';
import { PRINCIPAL_HEADER } from '@portolan/rpc/serving';
import { metadataValue, valueOf, type Fields } from '../wire/metadata.ts';
import type { CallScope } from './call-scope.ts';

/**
 * What a handler knows of its call. Its signal is made when somebody asks for it: most calls end before anybody does.
 * Never used for another call, since a handler may keep it.
 */
export class ServerCallContext implements CallContext {
  readonly method: string;
  readonly peer: string;
  readonly deadline: EpochMillis | undefined;
  readonly principal: Principal;
  readonly draining: AbortSignal;
  /** What `setHeader` added: name, value, name, value… */
  headers: string[] | undefined;
  /** What `setTrailer` added. */
  trailers: string[] | undefined;
  private readonly fields: Fields;
  private abortion: AbortController | undefined;
  private reason: Error | undefined;

  /** @throws MalformedPrincipalError */
  constructor(
    method: string,
    peer: string,
    deadline: EpochMillis | undefined,
    fields: Fields,
    draining: AbortSignal,
    certified: Principal | undefined,
  ) {
    this.method = method;
    this.peer = peer;
    this.deadline = deadline;
    this.fields = fields;
    this.draining = draining;
    const principal = valueOf(fields, PRINCIPAL_HEADER);
    this.principal = certified ?? (principal === undefined ? ANONYMOUS : parsePrincipal(principal));
  }

  get signal(): AbortSignal {
    if (this.abortion === undefined) {
      this.abortion = new AbortController();
      if (this.reason !== undefined) this.abortion.abort(this.reason);
    }
    return this.abortion.signal;
  }

  // Functions of their own, since handlers may take them out of the context; most do not ask for them.
  get metadata(): (name: string) => string | undefined {
    const { fields } = this;
    return (name) => metadataValue(fields, name);
  }

  /** What it gives throws Http2FieldError. */
  get setHeader(): (name: string, value: string) => void {
    return (name, value) => {
      (this.headers ??= []).push(...checkedField(name, value));
    };
  }

  /** As `setHeader`. */
  get setTrailer(): (name: string, value: string) => void {
    return (name, value) => {
      (this.trailers ??= []).push(...checkedField(name, value));
    };
  }

  /** The call is over before it was answered. */
  abort(reason: Error): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.abortion?.abort(reason);
  }
}

function checkedField(name: string, value: string): Fields {
  const field = [name.toLowerCase(), value];
  checkFields(field);
  return field;
}

/** @param certified who asks, where its metadata is not to say it. @throws MalformedPrincipalError */
export function contextOf(
  path: string,
  peer: string,
  timeoutMs: number | undefined,
  { clock, draining }: Pick<CallScope, 'clock' | 'draining'>,
  fields: Fields,
  certified: Principal | undefined,
): ServerCallContext {
  const deadline = timeoutMs === undefined ? undefined : epochMillis(clock.epoch() + timeoutMs);
  return new ServerCallContext(path, peer, deadline, fields, draining, certified);
}
