import { abortable } from '@portolan/kernel';
import { connectivityState, type Client } from '@grpc/grpc-js';

/** Watches the state of one grpc-js channel; however many wait, the channel has one watcher. */
export interface Connectivity {
  /**
   * Opens the connection if it is not, and waits until it can carry calls.
   * @returns whether it can; false as soon as an attempt failed
   * Rejects with the signal's reason.
   */
  connected(signal: AbortSignal): Promise<boolean>;
}

export function watchConnectivity(channel: ReturnType<Client['getChannel']>): Connectivity {
  let change: Promise<void> | undefined;
  const changed = (from: connectivityState): Promise<void> => {
    change ??= new Promise((resolve) => {
      channel.watchConnectivityState(from, Infinity, () => {
        change = undefined;
        resolve();
      });
    });
    return change;
  };
  return {
    connected: async (signal) => {
      while (true) {
        signal.throwIfAborted();
        const state = channel.getConnectivityState(true);
        if (state === connectivityState.READY) return true;
        if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) return false;
        await abortable(changed(state), signal);
      }
    },
  };
}
