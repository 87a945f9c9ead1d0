import type { Registry } from '@portolan/telemetry';
import { Counter, Gauge } from 'prom-client';
import type { PeerCounters } from './peer-counters.ts';
import type { Peer } from './streams/peer.ts';

type Labels = Readonly<Record<string, string>>;

interface Row {
  readonly name: string;
  readonly help: string;
  /** What is added to the label of the peer, and its value. */
  readonly values: readonly (readonly [Labels, (counters: PeerCounters) => number])[];
}

const ROWS: readonly Row[] = [
  {
    name: 'raft_peer_bytes_total',
    help: 'Bytes of frames that went to and came from a peer.',
    values: [
      [{ direction: 'sent' }, ({ sentBytes }) => sentBytes],
      [{ direction: 'received' }, ({ receivedBytes }) => receivedBytes],
    ],
  },
  {
    name: 'raft_peer_messages_total',
    help: 'Messages of Raft that went to and came from a peer.',
    values: [
      [{ direction: 'sent' }, ({ sentMessages }) => sentMessages],
      [{ direction: 'received' }, ({ receivedMessages }) => receivedMessages],
    ],
  },
  {
    name: 'raft_peer_batches_total',
    help: 'Frames with messages that went to and came from a peer: messages a batch is what batching is worth.',
    values: [
      [{ direction: 'sent' }, ({ sentBatches }) => sentBatches],
      [{ direction: 'received' }, ({ receivedBatches }) => receivedBatches],
    ],
  },
  {
    name: 'raft_peer_dropped_messages_total',
    help: 'Messages that were not sent: without a stream, or because too much waited.',
    values: [
      [{ reason: 'not-connected' }, ({ droppedUnconnected }) => droppedUnconnected],
      [{ reason: 'full' }, ({ droppedFull }) => droppedFull],
    ],
  },
  {
    name: 'raft_peer_snapshot_bytes_total',
    help: 'Bytes of snapshots that went to and came from a peer.',
    values: [
      [{ direction: 'sent' }, ({ sentSnapshotBytes }) => sentSnapshotBytes],
      [{ direction: 'received' }, ({ receivedSnapshotBytes }) => receivedSnapshotBytes],
    ],
  },
  {
    name: 'raft_peer_connects_total',
    help: 'Streams with a peer that were opened: more than a few say that the network, or a process, is not well.',
    values: [[{}, ({ connects }) => connects]],
  },
];

/** Registers `raft_peer_*`: read from the peers when somebody asks. */
export function registerMetrics(registry: Registry, peers: () => Iterable<Peer>): void {
  const registers = [registry];
  for (const { name, help, values } of ROWS) {
    const labelNames = ['peer', ...Object.keys(values[0]?.[0] ?? {})];
    const counter: Counter = new Counter({
      ...{ name, help, labelNames, registers },
      collect: () => {
        counter.reset();
        for (const { member, counters } of peers()) {
          for (const [labels, read] of values) counter.inc({ peer: member.toString(), ...labels }, read(counters));
        }
      },
    });
  }
  const gauges = [
    [
      'raft_peer_connected',
      'Whether there is a stream with a peer.',
      ({ current }: Peer) => (current === undefined ? 0 : 1),
    ],
    ['raft_peer_queued_bytes', 'Entries and proposals that wait for a peer.', ({ outbox }: Peer) => outbox.bytes],
    [
      'raft_peer_rtt_seconds',
      'Round trip of the last ping.',
      ({ current }: Peer) => (current?.rttMs ?? Number.NaN) / 1_000,
    ],
  ] as const;
  for (const [name, help, read] of gauges) {
    const gauge: Gauge = new Gauge({
      ...{ name, help, labelNames: ['peer'], registers },
      collect: () => {
        gauge.reset();
        for (const peer of peers()) gauge.set({ peer: peer.member.toString() }, read(peer));
      },
    });
  }
}
