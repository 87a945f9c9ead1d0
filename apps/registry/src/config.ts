import {
  amqpSettings,
  bindSettings,
  dataSettings,
  defineConfig,
  drainSettings,
  grpcSettings,
  logSettings,
  opsSettings,
  registrySettings,
  tlsSettings,
} from '@portolan/config';
import { DEFAULT_AUTO_COMPACTION, QUOTA_BYTES } from '@portolan/kv';
import { z } from 'zod';

const hostPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:]+):\d{1,5}$/, 'not of the form host:port');

export const registryConfig = defineConfig({
  app: 'registry',
  summary: 'knows every service and instance, and keeps keys and values, on native gRPC',
  examples: [
    'node apps/registry/src/main.ts',
    'node apps/registry/src/main.ts --bind 0.0.0.0 --advertise registry.example --data-dir /var/lib/portolan/registry',
    'node apps/registry/src/main.ts --peers a.example:2380,b.example:2380,c.example:2380 --bind 0.0.0.0 --advertise a.example',
  ],
  schema: z.object({
    ...bindSettings(8502),
    ...opsSettings(9902),
    instance: registrySettings.instance.describe(
      'Id of this registry, told with each of its answers. Default: the one in the data folder, or a new one that is kept there.',
    ),
    dataDir: dataSettings.dataDir.describe(
      'Folder of this registry alone: who it is, its log and its snapshots, so all keys and services. On a local disk; what is acknowledged is on it. Default: .portolan/registry below the working folder.',
    ),
    peerPort: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe(
        'Port for the other members of the cluster. Default: 2380 with --peers or --join, and of who is in a cluster already; a registry alone listens on none.',
      ),
    advertisePeer: hostPort
      .optional()
      .describe(
        'host:port under which the other members reach this one. Default: the advertised address and --peer-port.',
      ),
    peers: z
      .array(hostPort)
      .min(1)
      .optional()
      .describe(
        'Peer addresses of all members of a new cluster, host:port, by comma: the same list for each of them, itself among them. They found it once all of them are there. Of one that has data: where to look for the others. Default: a cluster of one.',
      ),
    join: z
      .array(hostPort)
      .min(1)
      .optional()
      .describe(
        'Peer addresses of any members of a cluster that runs, host:port, by comma: this registry asks to be taken in. It votes once it has caught up.',
      ),
    ...tlsSettings,
    ...grpcSettings,
    amqpUrl: amqpSettings.amqpUrl
      .describe('RabbitMQ that is told what happens in the catalog. Default: whoever wants to know watches.')
      .meta({ shared: 'AMQP_URL', secret: true }),
    quotaBytes: z
      .int()
      .min(1_024 ** 2)
      .max(16 * 1_024 ** 3)
      .default(QUOTA_BYTES)
      .describe(
        'Keys and values alive in one keyspace, in bytes; there are three. Beyond it writes are refused. Higher: more memory, up to this for each.',
      ),
    historyChanges: z
      .int()
      .min(1)
      .max(10_000_000)
      .default(DEFAULT_AUTO_COMPACTION.keepChanges)
      .describe(
        'Changes that each keyspace remembers: how far back a read, or a watch that was away, can go. Higher: more memory, about 1 KiB a change.',
      ),
    historyBytes: z
      .int()
      .min(1_024 ** 2)
      .max(16 * 1_024 ** 3)
      .default(DEFAULT_AUTO_COMPACTION.keepBytes)
      .describe('The same in bytes; whichever is reached first. Keeps large values from filling the memory.'),
    ...drainSettings,
    ...logSettings,
  }),
});
