/** What the connections of one server or client have done since it began; `…Open` is now. */
export interface HttpCounters {
  connections: number;
  connectionsOpen: number;
  /** Turned away: too many were open. */
  connectionsRefused: number;
  /** Ended because the peer broke the protocol or flooded. */
  connectionErrors: number;
  /** Ended because the peer was slow or silent. */
  timeOuts: number;
  /** Requests begun. */
  requests: number;
  requestsOpen: number;
  /** Requests that ended before both sides had said all. */
  requestsBroken: number;
  bytesRead: number;
  bytesWritten: number;
}

export const createCounters = (): HttpCounters => ({
  connections: 0,
  connectionsOpen: 0,
  connectionsRefused: 0,
  connectionErrors: 0,
  timeOuts: 0,
  requests: 0,
  requestsOpen: 0,
  requestsBroken: 0,
  bytesRead: 0,
  bytesWritten: 0,
});
