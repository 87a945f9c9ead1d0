import { join } from 'node:path';
import { servicesFile } from './services-file.ts';

/** Where a process listens, by the flag that says so. */
export interface FixedPort {
  readonly flag: '--port' | '--ops-port' | '--http-port' | '--peer-port' | '--etcd-port';
  readonly port: number;
}

/** One process of the system. */
export interface PlannedProcess {
  /** Unique: `demo-reviews-2`. */
  readonly name: string;
  readonly app: string;
  /** Lower stages start first and end last. */
  readonly stage: number;
  readonly ports: readonly FixedPort[];
  readonly args: readonly string[];
}

export interface PlanOptions {
  readonly portOffset: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly instances: number;
  /** What the processes log. */
  readonly logLevel: string;
  /** For each process. */
  readonly drainDeadlineMs: number;
}

interface AppPorts {
  readonly port?: number;
  readonly opsPort: number;
  readonly httpPort?: number;
  readonly peerPort?: number;
  readonly etcdPort?: number;
}

/** Between the ports of two members of a cluster that share a machine. */
const MEMBER_OFFSET = 10_000;

interface AppRow {
  readonly app: string;
  readonly stage: number;
  /** Absent: any free port, found through the registry. */
  readonly ports?: AppPorts;
  /** Members of one cluster, which find each other at their peer ports; each has its ports `MEMBER_OFFSET` above the one before. */
  readonly members?: number;
  /** Registers with the agent of the host rather than with the registry itself. */
  readonly viaAgent?: boolean;
}

/** What the system is made of. The registry comes first; a gateway that goes first leaves nobody half served. */
const APPS: readonly AppRow[] = [
  { app: 'registry', stage: 0, ports: { port: 8502, opsPort: 9902, peerPort: 2380, etcdPort: 2379 }, members: 3 },
  { app: 'agent', stage: 1, ports: { port: 7502, opsPort: 9903, httpPort: 7500 } },
  { app: 'registrar', stage: 1, ports: { opsPort: 9904 } },
  { app: 'demo-products', stage: 2, viaAgent: true },
  { app: 'demo-inventory', stage: 2 },
  { app: 'demo-reviews', stage: 2, viaAgent: true },
  { app: 'demo-orders', stage: 2 },
  { app: 'bff-web', stage: 3, ports: { port: 4001, opsPort: 9911 } },
  { app: 'bff-mobile', stage: 3, ports: { port: 4002, opsPort: 9912 } },
  { app: 'gateway', stage: 4, ports: { port: 8080, opsPort: 9901 } },
];

export const STAGES = 1 + Math.max(...APPS.map(({ stage }) => stage));
export const HIGHEST_PORT = Math.max(
  ...APPS.flatMap(({ ports, members = 1 }) =>
    ports === undefined ? [] : [ports.port ?? 0, ports.opsPort].map((port) => port + MEMBER_OFFSET * (members - 1)),
  ),
);

/** Every process to start, in the order of its stage. */
export function planOf(options: PlanOptions): readonly PlannedProcess[] {
  return APPS.flatMap((row) => {
    const { app, ports, members = 1 } = row;
    const count = ports === undefined ? options.instances : members;
    return Array.from({ length: count }, (_, index): PlannedProcess => {
      const name = count === 1 && ports !== undefined ? app : `${app}-${index + 1}`;
      const fixed = fixedPorts(ports, options.portOffset + MEMBER_OFFSET * index);
      return { name, app, stage: row.stage, ports: fixed, args: argsOf(row, name, fixed, options) };
    });
  });
}

function argsOf(
  { app, stage, viaAgent = false, members }: AppRow,
  name: string,
  fixed: readonly FixedPort[],
  options: PlanOptions,
): readonly string[] {
  return [
    ...(fixed.length === 0 ? ['--port', '0', '--ops-port', '0'] : []),
    ...fixed.flatMap(({ flag, port }) => [flag, String(port)]),
    ...(members === undefined ? [] : ['--peers', addressesOf(app, 'peerPort', options).join(',')]),
    ...(stage === 0 ? [] : ['--registry', addressesOf(viaAgent ? 'agent' : 'registry', 'port', options).join(',')]),
    ...['--instance', name],
    ...(app === 'registrar' ? ['--file', servicesFile(options.dataDir)] : ['--data-dir', join(options.dataDir, name)]),
    ...['--log-format', 'json', '--log-level', options.logLevel],
    ...['--drain-deadline-ms', String(options.drainDeadlineMs)],
  ];
}

/** Of all members of an app, or of the one process that it is. */
function addressesOf(wanted: string, port: 'port' | 'peerPort', { portOffset }: PlanOptions): readonly string[] {
  const row = APPS.find(({ app }) => app === wanted);
  const first = (row?.ports?.[port] ?? 0) + portOffset;
  return Array.from({ length: row?.members ?? 1 }, (_, index) => `127.0.0.1:${first + MEMBER_OFFSET * index}`);
}

/** The fixed port of an app. @returns 0 when it has none */
export function portOf(plan: readonly PlannedProcess[], app: string, flag: FixedPort['flag']): number {
  return plan.find((one) => one.app === app)?.ports.find((one) => one.flag === flag)?.port ?? 0;
}

function fixedPorts(ports: AppPorts | undefined, offset: number): readonly FixedPort[] {
  if (ports === undefined) return [];
  return [
    ...(ports.port === undefined ? [] : [{ flag: '--port', port: ports.port + offset } as const]),
    { flag: '--ops-port', port: ports.opsPort + offset },
    ...(ports.httpPort === undefined ? [] : [{ flag: '--http-port', port: ports.httpPort + offset } as const]),
    ...(ports.peerPort === undefined ? [] : [{ flag: '--peer-port', port: ports.peerPort + offset } as const]),
    ...(ports.etcdPort === undefined ? [] : [{ flag: '--etcd-port', port: ports.etcdPort + offset } as const]),
  ];
}
