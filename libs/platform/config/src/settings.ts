import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { z } from 'zod';
import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** Marks a setting that every app reads from the same variable too: `PORTOLAN_REGISTRY`. */
const shared = { shared: true };
/** The same, under the name that it has everywhere. */
const sharedAs = (variable: string) => ({ shared: variable, secret: true });

const port = (defaultPort: number): z.ZodDefault<z.ZodInt> => z.int().min(0).max(65_535).default(defaultPort);
const hostPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:]+):\d{1,5}$/, 'not of the form host:port');

/** A text that is never printed. */
export const secret = (description: string): z.ZodString =>
  z.string().min(1).describe(description).meta({ secret: true });

/** Where an app listens, and where callers on other hosts reach it. */
export const bindSettings = (defaultPort: number) => ({
  bind: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on. 0.0.0.0 or :: listens on every interface.')
    .meta(shared),
  port: port(defaultPort).describe('Port to listen on; 0 takes a free one.'),
  advertise: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Host name or address under which others reach this process. Default: --bind when that is one address, or the address of this host when it has just one.',
    ),
});

/** The port for people and probes. */
export const opsSettings = (defaultPort = 0) => ({
  opsBind: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address of the ops port: /healthz, /readyz, /metrics, /log-level.')
    .meta(shared),
  opsPort: port(defaultPort).describe('The ops port; 0 takes a free one, which the ready line names.'),
});

export const logSettings = {
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .describe('Least severe level that is logged. Changeable at run time on the ops port, by module.')
    .meta(shared),
  logFormat: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('JSON lines, or text for people; auto is pretty on a terminal.')
    .meta(shared),
};

export const drainSettings = {
  drainDeadlineMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(10_000)
    .describe(
      'How long a process that was told to end may finish what it does, in ms. Longer: fewer cut calls, slower restarts.',
    )
    .meta(shared),
};

/** For every app that talks to the registry. */
export const registrySettings = {
  registry: z
    .array(hostPort)
    .min(1)
    .default(['127.0.0.1:8502'])
    .describe('Addresses of registry nodes, host:port, by comma. Any one that answers is enough.')
    .meta(shared),
  instance: z
    .string()
    .regex(/^[\w.-]{1,128}$/, 'not 1 to 128 letters, digits, . _ or -')
    .optional()
    .describe('Id of this instance in its service. Default: its app and 8 random digits.'),
};

export const dataSettings = {
  dataDir: z
    .string()
    .min(1)
    .optional()
    .describe('Folder for what this process keeps on disk. Default: .portolan/<app> below the working folder.'),
};

/** For apps that keep answers and count calls. */
export const redisSettings = {
  redisUrl: z
    .url({ protocol: /^rediss?$/, message: 'not of the form redis://[user:password@]host:port' })
    .describe('Redis that keeps answers and counts calls for all instances together. Default: each in its own memory.')
    .meta(sharedAs('REDIS_URL'))
    .optional(),
};

/** For apps that publish or handle events. */
export const amqpSettings = {
  amqpUrl: z
    .url({ protocol: /^amqps?$/, message: 'not of the form amqp://[user:password@]host:port[/vhost]' })
    .describe('RabbitMQ that carries events. Default: they go through the registry.')
    .meta(sharedAs('AMQP_URL'))
    .optional(),
};

/** Mutual TLS: all three or none. */
export const tlsSettings = {
  tlsCert: z
    .string()
    .min(1)
    .optional()
    .describe("PEM file of this process's certificate chain. With --tls-key and --tls-ca: mutual TLS.")
    .meta(shared),
  tlsKey: z.string().min(1).optional().describe('PEM file of the private key of --tls-cert.').meta(shared),
  tlsCa: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of the authorities whose certificates peers must show.')
    .meta(shared),
};

/** Which gRPC server a process is; see `GRPC_SERVERS` of `@portolan/grpc`. */
export const grpcSettings = {
  grpcServer: z
    .enum(['fast', 'grpc-js'])
    .default('fast')
    .describe(
      'Who answers gRPC: fast is our own HTTP/2, several times as many calls on one core; grpc-js is the usual library. Clients cannot tell.',
    )
    .meta(shared),
};

/** A process that listens everywhere and does not know under which address others reach it. */
export class UnroutableAddressError extends PortolanError {
  readonly code = 'CONFIG_UNROUTABLE_ADDRESS';
  readonly kind: ErrorKind = 'invalid';
}

const isWildcard = (address: string): boolean => isIP(address) !== 0 && /^[0:.]+$/.test(address);

/** Addresses of this host that others may reach: not of the loopback, and not valid on one link alone. */
function routableAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  const routable = all.filter(({ internal, address }) => !internal && !/^fe80:|^169\.254\./i.test(address));
  const [v4, v6] = (['IPv4', 'IPv6'] as const).map((family) => routable.filter((one) => one.family === family));
  return (v4 === undefined || v4.length === 0 ? (v6 ?? []) : v4).map(({ address }) => address);
}

/**
 * The address that others are told: `advertise`; or `bind` when that is one address; or the host's own when it has just one, as a
 * container does.
 * @throws UnroutableAddressError when it would be a wildcard such as 0.0.0.0, and which of several is meant cannot be known
 */
export function advertisedAddress(
  settings: { readonly bind: string; readonly advertise?: string | undefined },
  ownAddresses: () => readonly string[] = routableAddresses,
): string {
  const address = settings.advertise ?? settings.bind;
  if (!isWildcard(address)) return address;
  const own = settings.advertise === undefined ? ownAddresses() : [];
  const [only] = own;
  if (own.length === 1 && only !== undefined) return only;
  throw new UnroutableAddressError(`nobody can reach this process at ${address}`, {
    fix: `add --advertise <host name or address under which others reach it>${own.length === 0 ? '' : `, perhaps one of ${own.join(', ')}`}`,
    context: { bind: settings.bind },
  });
}
