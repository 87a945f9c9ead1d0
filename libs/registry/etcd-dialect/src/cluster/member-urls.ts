import type { Member } from '@portolan/contracts/etcd/cluster';
import type { ClusterMember } from '@portolan/kv';
import { EtcdError } from '../etcd-error.ts';

/**
 * etcd's clients speak of URLs, ours of `host:port`.
 * @param isSecure members speak TLS with each other
 */
export function encodeMember(
  { id, name, peerAddresses, etcdUrls, isLearner }: ClusterMember,
  isSecure: boolean,
): Member {
  const scheme = isSecure ? 'https' : 'http';
  const peerURLs = peerAddresses.map((address) => `${scheme}://${address}`);
  return { ID: id, name, peerURLs, clientURLs: etcdUrls, isLearner };
}

/** @throws EtcdError when one is no URL of a peer */
export function addressesOf(urls: readonly string[]): string[] {
  if (urls.length === 0) throw new EtcdError('badUrls');
  return urls.map((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isPeer = url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.pathname === '/';
    // The port must be there: URL leaves out the one that it takes for usual.
    const address = /^https?:\/\/(\[[^\]]+\]:\d+|[^/:]+:\d+)\/?$/.exec(text)?.[1];
    if (!isPeer || address === undefined) throw new EtcdError('badUrls');
    return address;
  });
}
