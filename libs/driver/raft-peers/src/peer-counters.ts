/** What went over the streams of one peer since this process started. */
export class PeerCounters {
  sentBytes = 0;
  sentMessages = 0;
  sentBatches = 0;
  receivedBytes = 0;
  receivedMessages = 0;
  receivedBatches = 0;
  /** For want of a stream, and for want of room. */
  droppedUnconnected = 0;
  droppedFull = 0;
  connects = 0;
  sentSnapshotBytes = 0;
  receivedSnapshotBytes = 0;

  sent(messages: number, bytes: number): void {
    this.sentBytes += bytes;
    this.sentMessages += messages;
    if (messages > 0) this.sentBatches += 1;
  }

  received(messages: number, bytes: number): void {
    this.receivedBytes += bytes;
    this.receivedMessages += messages;
    if (messages > 0) this.receivedBatches += 1;
  }

  get dropped(): number {
    return this.droppedUnconnected + this.droppedFull;
  }
}
