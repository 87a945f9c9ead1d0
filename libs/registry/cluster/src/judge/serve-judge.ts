import type {
  KeepAliveAnswer,
  KeepAliveQuestion,
  KeepLeasesAliveRequest,
  KeepLeasesAliveResponse,
} from '@portolan/contracts/cluster';
import { PortolanError } from '@portolan/kernel';
import { leaseId, LeaseNotFoundError, NotLeaderError, type LeaseJudge } from '@portolan/kv';
import { encodeHeader } from '@portolan/kv/wire';
import { untilAborted } from '@portolan/rpc/serving';
import { CLUSTER_PRINCIPAL as principal } from '../cluster-principal.ts';

/**
 * Keep-alives of another member, judged here. Each message is answered with one, after all of it is judged: what is asked of one leader
 * in one turn waits for the same round of heartbeats.
 */
export async function* serveKeepAlives(
  judge: LeaseJudge,
  requests: AsyncIterable<KeepLeasesAliveRequest>,
  signal: AbortSignal,
  draining: AbortSignal,
): AsyncGenerator<KeepLeasesAliveResponse, void, undefined> {
  for await (const { questions } of untilAborted(requests, AbortSignal.any([signal, draining]))) {
    yield { answers: await Promise.all(questions.map((question) => answerOf(judge, question, signal))) };
  }
}

async function answerOf(
  judge: LeaseJudge,
  { number, lease }: KeepAliveQuestion,
  signal: AbortSignal,
): Promise<KeepAliveAnswer> {
  try {
    const renewed = await judge.keepAlive({ principal, id: leaseId(lease) }, signal);
    const result = { $case: 'ttlSeconds', value: BigInt(renewed.ttlSeconds) } as const;
    return { number, result, header: encodeHeader(renewed) };
  } catch (error) {
    return { number, result: failureOf(error), header: undefined };
  }
}

function failureOf(error: unknown): KeepAliveAnswer['result'] {
  if (error instanceof LeaseNotFoundError) return { $case: 'notFound', value: true };
  if (error instanceof NotLeaderError) return { $case: 'notLeader', value: error.leader ?? 0n };
  if (error instanceof PortolanError) return { $case: 'failed', value: error.code };
  throw error;
}
