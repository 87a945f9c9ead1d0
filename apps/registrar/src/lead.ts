import { checkHostClaim } from '@portolan/catalog';
import { connectAgent } from '@portolan/discovery/agent';
import type { Clock, Principal, Rng } from '@portolan/kernel';
import { Convergence } from '@portolan/local-host';
import type { TlsIdentity } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import type { SourceHost } from './source-host.ts';
import type { SourceLogger } from './source.ts';
import { whenAborted } from './when-aborted.ts';

/** Checks that were never looked at would be registered as critical; after so long they are. */
const SETTLE_MS_MAX = 10_000;
const SETTLE_POLL_MS = 50;

export interface LeadOptions {
  readonly registry: readonly string[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: SourceLogger;
  readonly principal: Principal;
  readonly tls: TlsIdentity | undefined;
  readonly node: string;
  readonly deregisterAfterSeconds: number;
}

/**
 * Makes the registry have what a source says, for as long as this registrar leads. It speaks for the host of the source at
 * once, so that nothing turns critical, and changes nothing before the source has been read and its checks have been run.
 */
export async function leadFor(source: SourceHost, options: LeadOptions, over: AbortSignal): Promise<void> {
  const { node, deregisterAfterSeconds, clock, logger, ...connection } = options;
  const name = `${source.source.name}@${node}`;
  // One identity for all that stand in for each other: the next leader goes on where this one stopped.
  const claim = checkHostClaim({ node: { name, address: node }, agentId: name, deregisterAfterSeconds });
  await using upstream = connectAgent({ ...connection, clock, logger, claim });
  const stopped = whenAborted(over);
  await Promise.race([source.synced, stopped]);
  for (let waited = 0; !source.host.settled && waited < SETTLE_MS_MAX; waited += SETTLE_POLL_MS) {
    await sleep(clock, SETTLE_POLL_MS, over).catch(() => undefined);
  }
  if (over.aborted) return;
  const convergence = new Convergence({ host: source.host, upstream, node: claim.node.name, clock, logger });
  await stopped;
  await convergence[Symbol.asyncDispose]();
}
