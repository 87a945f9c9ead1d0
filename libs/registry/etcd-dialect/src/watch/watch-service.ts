import type { WatchService } from '@portolan/contracts/etcd/watch';
import type { Implementation } from '@portolan/rpc';
import { streaming } from '../calls.ts';
import type { DialectScope } from '../dialect-scope.ts';
import { WatchStream } from './watch-stream.ts';

/** Watches of users' keys, many on one stream. */
export function watchService(scope: DialectScope): Implementation<typeof WatchService> {
  return {
    watch: (requests, call) => streaming(scope, call, (signal) => new WatchStream(scope).run(requests, signal)),
  };
}
