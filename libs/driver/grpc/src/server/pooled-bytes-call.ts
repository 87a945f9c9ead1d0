import { ANONYMOUS, parsePrincipal, type PortolanError, type Principal } from '@portolan/kernel';
import type { BytesCall } from '@portolan/rpc';

/** How a call is ended by its bytes handler; what belongs to the call that it is part of. */
export interface BytesCallEnd {
  answered(bytes: Uint8Array, start: number, end: number): void;
  refused(error: PortolanError): void;
}

/** A call as its bytes handler sees it: one object for all calls that its `ServerCall` is in turn. */
export class PooledBytesCall implements BytesCall {
  isOver = false;
  private readonly end: BytesCallEnd;
  private principalText: string | undefined;
  private certified: Principal | undefined;

  constructor(end: BytesCallEnd) {
    this.end = end;
  }

  /** For the next call. @param principal as its metadata names it. @param certified who asks, where that is not to say it */
  begin(principal: string | undefined, certified: Principal | undefined): void {
    this.isOver = false;
    this.principalText = principal;
    this.certified = certified;
  }

  get principal(): Principal {
    return this.certified ?? (this.principalText === undefined ? ANONYMOUS : parsePrincipal(this.principalText));
  }

  answer(bytes: Uint8Array, start: number, end: number): void {
    this.end.answered(bytes, start, end);
  }

  refuse(error: PortolanError): void {
    this.end.refused(error);
  }
}
