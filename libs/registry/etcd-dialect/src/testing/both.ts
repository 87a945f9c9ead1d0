import { startOurEtcd, type OurEtcd } from './our-etcd.ts';
import { startRealEtcd, type RealEtcd } from './real-etcd.ts';

/** A real etcd and ours, both fresh: the same is asked of both. */
export interface Both extends AsyncDisposable {
  readonly real: RealEtcd;
  readonly ours: OurEtcd;
}

export async function startBoth(): Promise<Both> {
  await using stack = new AsyncDisposableStack();
  const real = stack.use(await startRealEtcd());
  const ours = stack.use(await startOurEtcd({ autoCompaction: 'off' }));
  const moved = stack.move();
  return { real, ours, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}
