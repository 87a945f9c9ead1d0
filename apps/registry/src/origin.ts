import type { Membership, NodeOptions, Origin } from '@portolan/cluster';
import { ConfigConflictError } from './errors.ts';

/** Where peers are listened for, unless it is said. */
export const PEER_PORT = 2380;

export interface OriginSettings {
  readonly bind: string;
  readonly peerPort?: number | undefined;
  readonly advertisePeer?: string | undefined;
  readonly peers?: readonly string[] | undefined;
  readonly join?: readonly string[] | undefined;
}

/** What this registry does when it has no data. @throws ConfigConflictError */
export function originOf({ peers, join }: OriginSettings): Origin {
  if (peers !== undefined && join !== undefined) throw new ConfigConflictError('--peers', '--join');
  if (peers !== undefined) return { kind: 'peers', peers };
  return join === undefined ? { kind: 'alone' } : { kind: 'join', addresses: join };
}

/**
 * Where this member listens for the others, and where they reach it. Who is alone listens only if it is told to: several registries of
 * one machine would be in each other's way for nothing.
 * @param address under which others reach this process
 */
export function peerOf(
  settings: OriginSettings,
  address: string,
  membership: Membership | undefined,
): NodeOptions['peer'] {
  const { bind, peers, join, advertisePeer } = settings;
  const expectsPeers = [settings.peerPort, peers, join, advertisePeer].some((setting) => setting !== undefined);
  const hasPeers = membership !== undefined && membership.founders.length !== 1;
  if (!expectsPeers && !hasPeers) return undefined;
  const port = settings.peerPort ?? PEER_PORT;
  const host = address.includes(':') ? `[${address}]` : address;
  return { bind: { host: bind, port }, advertise: advertisePeer ?? `${host}:${port}` };
}
