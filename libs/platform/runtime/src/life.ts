/** What a process body is given: where to leave what must be closed, and when to stop. */
export interface Life {
  /** Aborted at SIGTERM, at SIGINT, or when a supervisor that started this process is gone. */
  readonly signal: AbortSignal;
  /** Disposes `resource` when the process drains, in reverse order. Its name appears when a drain takes too long. */
  use<T extends AsyncDisposable | Disposable>(name: string, resource: T): T;
  /** Calls `action` when the process drains, in the same order. */
  defer(name: string, action: () => Promise<void> | void): void;
  /** Says that the process does its work, and where: one log line with `event: "ready"` that supervisors read. */
  ready(urls: Readonly<Record<string, string>>): void;
  /** Resolves when `signal` aborts. */
  terminationRequested(): Promise<void>;
}
