import { formatId, type NodeOptions } from '@portolan/cluster';
import type { MemberEvent } from '@portolan/raft-driver';
import type { Logger, Telemetry } from '@portolan/telemetry';
import type { StartProgress } from './start-progress.ts';

/** What this registry does about what its member tells. */
export function memberEvents(
  telemetry: Pick<Telemetry, 'logger'>,
  progress: StartProgress,
): Pick<NodeOptions, 'onEvent' | 'onWaiting' | 'onFatal'> {
  const logger = telemetry.logger('raft');
  return {
    onEvent: logEvents(logger),
    onWaiting: (missing) => {
      progress.waitFor(missing);
      logger.info({ missing }, 'waits for other members before there is a cluster');
    },
    // As an error that nobody caught: it is logged, and the process ends. What is in memory may not be what was promised.
    onFatal: (error) => {
      queueMicrotask(() => {
        throw error;
      });
    },
  };
}

/** What a member tells, as an operator wants to read it: who leads, what happens to its log, what could not be done. */
function logEvents(logger: Logger): (event: MemberEvent) => void {
  return (event) => {
    switch (event.kind) {
      case 'leadership': {
        const { term, leader, isEstablished } = event.leadership;
        const fields = { term, leader: leader === undefined ? undefined : formatId(leader), isEstablished };
        logger.info(fields, leader === undefined ? 'nobody is known to lead' : 'who leads has changed');
        break;
      }
      case 'log-cut':
        logger.warn({ tail: event.tail }, 'the end of the log was torn, as a crash leaves it: nobody was told of it');
        break;
      case 'disk-full':
        logger.error({ err: event.error }, 'the disk is full: nothing is acknowledged until there is room');
        break;
      case 'snapshot-failed':
        logger.error(
          { err: event.error, index: event.index },
          'a snapshot could not be taken: the log goes on growing',
        );
        break;
      case 'snapshot-not-sent':
        logger.warn({ err: event.error, to: formatId(event.to) }, 'a member could not be sent a snapshot');
        break;
      case 'snapshot-saved':
        logger.info({ index: event.index }, 'took a snapshot');
        break;
      default:
        logger.debug({ ...event }, 'raft');
    }
  };
}
