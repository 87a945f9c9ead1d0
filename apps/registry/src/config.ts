import { DEFAULT_PEER_NAMES } from '@portolan/cluster';
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

const quota = (what: string) =>
  z
    .int()
    .min(1_024 ** 2)
    .max(16 * 1_024 ** 3)
    .describe(`The same for ${what}, in bytes. Default: as for the others.`);

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
    store: z
      .string()
      .regex(/^etcd:\/\/./, 'not of the form etcd://host:port')
      .optional()
      .describe(
        'etcd cluster that keeps keys and services, so that this registry keeps nothing itself: etcd://[user:password@]host:port[,host:port…][/prefix][?ca=…&cert=…&key=…]. Default: a store of our own, in the data folder, in one registry or a cluster of them.',
      )
      .meta({ secret: true }),
    dataDir: dataSettings.dataDir.describe(
      'Folder of this registry alone: who it is, its log and its snapshots, so all keys and services. On a local disk; what is acknowledged is on it. Default: .portolan/registry below the working folder.',
    ),
    etcd: z
      .enum(['on', 'off'])
      .default('on')
      .describe(
        "Whether to answer etcd's own clients: etcdctl, clientv3, the JSON gateway. They see users' keys alone.",
      ),
    etcdPort: z
      .int()
      .min(0)
      .max(65_535)
      .optional()
      .describe(
        "Port for etcd's clients, gRPC and JSON; 0 takes a free one. Default: 2379, as etcd; of a registry with --port 0 a free one too.",
      ),
    etcdCors: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Origins whose pages in a browser may use the JSON gateway of etcd's port, by comma: https://console.example, or * for any. Without TLS they may do all that etcd's clients may. Default: no page may, whatever it has a browser send.",
      ),
    advertiseEtcd: hostPort
      .optional()
      .describe(
        "host:port under which etcd's clients reach this registry, as `etcdctl member list` tells it and `etcdctl --cluster` uses it. Default: the advertised address and --etcd-port.",
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
    peerAllowedNames: z
      .array(z.string().min(1).max(256))
      .min(1)
      .default([...DEFAULT_PEER_NAMES])
      .describe(
        'With TLS, whose certificates are those of members, by comma, the same for all members: one of these is the principal that the certificate names, its common name, or one of its alternative names. No other certificate of --tls-ca may act as a member.',
      ),
    forceNewCluster: z
      .string()
      .min(1)
      .optional()
      .describe(
        'When the majority of the members is lost for ever: makes a new cluster, of this member alone, of what is in --data-dir. With any value but the right one it is refused, and says what it would cost and which value confirms it: cluster@term/entry. Refused too while another member answers that knows a leader. Where no folder of a member is whole, `portolan registry restore` makes the new cluster of a backup.',
      ),
    forceBesideLeader: z
      .enum(['on', 'off'])
      .default('off')
      .describe(
        'Lets --force-new-cluster make a second cluster although the first one has a leader: clients of the two will not see the same.',
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
        'Keys and values alive in one keyspace, in bytes; there are three. What would go beyond raises the alarm no-space, and puts into that keyspace are refused until it is disarmed. Higher: more memory, up to this for each. Of a cluster, what its leader is set to.',
      ),
    catalogQuotaBytes: quota('what services register').optional(),
    systemQuotaBytes: quota('what Portolan itself needs').optional(),
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
    historyMs: z
      .int()
      .min(60_000)
      .max(30 * 86_400_000)
      .optional()
      .describe(
        'The same by age, in ms: what is older is forgotten, a tenth of that later at most. Default: however old, as long as it is within the other bounds.',
      ),
    backupDir: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder for backups of all that this registry holds, better on another disk than its data. `portolan registry restore` takes them. Default: none are taken.',
      ),
    backupIntervalMs: z
      .int()
      .min(60_000)
      .max(30 * 86_400_000)
      .default(86_400_000)
      .describe(
        'From one backup to the next, in ms, also over restarts. Shorter: less is lost; each one reads all there is.',
      ),
    backupKeep: z
      .int()
      .min(1)
      .max(10_000)
      .default(7)
      .describe('Newest backups that are kept. Higher: further back, and as much more disk.'),
    ...drainSettings,
    ...logSettings,
  }),
});
