import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** What names the etcd cluster cannot be read. */
export class EtcdAddressError extends PortolanError {
  readonly code = 'KV_ETCD_ADDRESS';
  readonly kind: ErrorKind = 'invalid';

  constructor(what: string) {
    super(`the address of the etcd cluster ${what}`, {
      fix: 'write etcd://[user:password@]host:port[,host:port…][/prefix][?ca=…&cert=…&key=…]',
      context: { what },
    });
  }
}

/** A key of the keyspace user where Portolan keeps its own on the same etcd. */
export class ReservedKeyError extends PortolanError {
  readonly code = 'KV_RESERVED_KEY';
  readonly kind: ErrorKind = 'invalid';

  constructor() {
    super('the key is "\\0", or begins with "\\0\\0": those are reserved on an etcd', {
      fix: 'choose a key that begins with anything else',
    });
  }
}

/** The user that Portolan is to etcd may not do what it has to, or is not known there. */
export class EtcdAccessError extends PortolanError {
  readonly code = 'KV_ETCD_ACCESS';
  readonly kind: ErrorKind = 'forbidden';

  constructor(what: string, cause: unknown) {
    super(`etcd refuses Portolan's own user: ${what}`, {
      fix: 'name a user and password in the address of the store, whose role may read and write the whole prefix',
      cause,
    });
  }
}

/** No space on the etcd cluster: its own quota, which all that is on it shares. */
export class EtcdNoSpaceError extends PortolanError {
  readonly code = 'KV_ETCD_NO_SPACE';
  readonly kind: ErrorKind = 'exhausted';

  constructor(cause: unknown) {
    super("etcd has reached the quota of its database, or has not been told that it hasn't any more", {
      fix: 'compact and defragment etcd, or raise its quota; then disarm its alarm: etcdctl alarm disarm',
      cause,
    });
  }
}
