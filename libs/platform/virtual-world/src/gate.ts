/** Where something comes from that reaches a process: after a pause, each source has its own queue in the kernel. */
export type Source = 'timer' | 'delivery' | 'disk' | 'call';

/** What a process hears of the world passes here, and nowhere else. */
export interface Gate {
  /** Calls back now, or once the process runs again, or, when it is gone, never. */
  enter(source: Source, callback: () => void): void;
  readonly isAlive: boolean;
}
