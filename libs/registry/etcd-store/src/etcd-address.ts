import { keyOf, type Key } from '@portolan/kv';
import type { TlsFiles } from '@portolan/rpc';
import { EtcdAddressError } from './errors.ts';

/** What `etcd://…` says. */
export interface EtcdAddress {
  /** `host:port`, at least one. */
  readonly endpoints: readonly string[];
  /** Under which all keys of this registry are. Empty: those of the whole etcd are its keyspace user. */
  readonly prefix: Key;
  readonly credentials: EtcdCredentials | undefined;
  /** Without any file: without TLS. */
  readonly tls: TlsFiles;
}

export interface EtcdCredentials {
  readonly user: string;
  readonly password: string;
}

const SHAPE = /^etcd:\/\/(?:(?<credentials>[^@/?]*)@)?(?<hosts>[^@/?]+)(?:\/(?<prefix>[^?]*))?(?:\?(?<query>.*))?$/s;
const HOST = /^(?:\[[\da-fA-F:.]+\]|[^[\]:,\s]+)(?::\d{1,5})?$/;
const PORT = 2379;
const TLS_PARAMETERS = { ca: 'tlsCa', cert: 'tlsCert', key: 'tlsKey' } as const;

/**
 * `etcd://[user:password@]host:port[,host:port…][/prefix][?ca=…&cert=…&key=…]`: a port left out is 2379, what is special in a name or
 * a password is percent-encoded, the prefix is taken with all its slashes but the first, `ca`, `cert` and `key` are paths.
 * @throws EtcdAddressError
 */
export function parseEtcdAddress(text: string): EtcdAddress {
  const groups = SHAPE.exec(text)?.groups;
  if (groups === undefined) throw new EtcdAddressError('has not the shape of one');
  const { credentials, hosts = '', prefix = '', query = '' } = groups;
  return {
    endpoints: hosts.split(',').map(endpointOf),
    prefix: keyOf(decoded(prefix)),
    credentials: credentials === undefined ? undefined : credentialsOf(credentials),
    tls: tlsOf(query),
  };
}

function endpointOf(host: string): string {
  if (!HOST.test(host)) throw new EtcdAddressError(`has ${JSON.stringify(host)} where host:port belongs`);
  return /:\d{1,5}$/.test(host) && !host.endsWith(']') ? host : `${host}:${String(PORT)}`;
}

function credentialsOf(text: string): EtcdCredentials {
  const colon = text.indexOf(':');
  if (colon <= 0) throw new EtcdAddressError('has an @ without user:password before it');
  return { user: decoded(text.slice(0, colon)), password: decoded(text.slice(colon + 1)) };
}

function tlsOf(query: string): TlsFiles {
  const files: Partial<Record<'tlsCa' | 'tlsCert' | 'tlsKey', string>> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (name !== 'ca' && name !== 'cert' && name !== 'key') {
      throw new EtcdAddressError(`has the parameter ${JSON.stringify(name)}, which is none`);
    }
    files[TLS_PARAMETERS[name]] = value;
  }
  return files;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not shown: it may be a password.
    throw new EtcdAddressError('is not percent-encoded as it should be');
  }
}
