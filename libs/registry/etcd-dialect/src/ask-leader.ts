import { EtcdError } from './etcd-error.ts';
import { isLeaderless } from './to-etcd-error.ts';

/**
 * What only the leader can answer. etcd goes to the leader with these by itself, and says that there is none; whatever goes into the log, or
 * reads behind it, waits for one there, and is told that it took too long (`v3_server.go`: `waitLeader`, `parseProposeCtxErr`).
 */
export async function askLeader<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    throw isLeaderless(error) ? new EtcdError('noLeader', error) : error;
  }
}
