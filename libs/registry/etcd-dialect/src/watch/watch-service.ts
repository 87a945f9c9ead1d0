import type { Implementation } from '@portolan/rpc';
import type { DialectScope } from '../dialect-scope.ts';
import { StatusOfTurn } from '../status-of-turn.ts';
import { AnswerWriter } from './answer-writer.ts';
import type { WATCH_SERVICE } from './events-answer.ts';
import { WatchStream } from './watch-stream.ts';

/** Watches of users' keys, many on one stream. */
export function watchService(scope: DialectScope): Implementation<typeof WATCH_SERVICE> {
  const sharing = { status: new StatusOfTurn(scope.store), writer: new AnswerWriter() };
  return { watch: (requests, call) => new WatchStream(scope, sharing, requests, call) };
}
