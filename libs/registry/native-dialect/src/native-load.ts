/** What the native gRPC services hold open; each stream counts itself. Read by the metrics. */
export class NativeLoad {
  sessions = 0;
  subscriptions = 0;
}
