import type { Colors } from './colors.ts';
import { servicesFile } from './services-file.ts';
import { portOf, type FixedPort, type PlannedProcess } from './plan.ts';

export interface SummaryOptions {
  readonly plan: readonly PlannedProcess[];
  readonly colors: Colors;
  readonly startedInMs: number;
  readonly memoryBytes: number | undefined;
  readonly dataDir: string;
}

/** What a newcomer reads when everything is ready: where it is, what to try, what it costs, how it ends. */
export function summaryOf({ plan, colors, startedInMs, memoryBytes, dataDir }: SummaryOptions): string {
  const http = (app: string, flag: FixedPort['flag']): string => `http://localhost:${portOf(plan, app, flag)}`;
  const gateway = portOf(plan, 'gateway', '--port');
  const memory = memoryBytes === undefined ? '' : `, ${Math.round(memoryBytes / 1_048_576)} MB of memory`;
  const lines = [
    colors.bold(`Portolan is ready: ${plan.length} processes in ${(startedInMs / 1_000).toFixed(1)} s${memory}`),
    '',
    `  gateway    ${http('gateway', '--port').padEnd(28)} ops ${http('gateway', '--ops-port')}`,
    `  web BFF    ${http('bff-web', '--port').padEnd(28)} ops ${http('bff-web', '--ops-port')}`,
    `  mobile BFF ${http('bff-mobile', '--port').padEnd(28)} ops ${http('bff-mobile', '--ops-port')}`,
    ...plan
      .filter(({ app }) => app === 'registry')
      .map(({ name, ports }) => {
        const [grpc, ops] = (['--port', '--ops-port'] as const).map((wanted) =>
          String(ports.find(({ flag }) => flag === wanted)?.port ?? 0),
        );
        return `  ${name} ${`localhost:${grpc ?? ''} (gRPC)`.padEnd(27)} ops http://localhost:${ops ?? ''}`;
      }),
    `  agent      ${`${http('agent', '--http-port')} (HTTP)`.padEnd(28)} ops ${http('agent', '--ops-port')}`,
    '',
    `  Open ${colors.cyan(`http://localhost:${gateway}/web/`)} for the shop, or try`,
    ...[
      `curl localhost:${gateway}/web/products/1`,
      `curl --compressed localhost:${gateway}/mobile/v1/products/1`,
      `curl -H 'Host: web.localhost' localhost:${gateway}/products/1`,
      `curl 'localhost:${gateway}/web/products?q=lamp&limit=3'`,
      `curl localhost:${portOf(plan, 'agent', '--http-port')}/v1/agent/services`,
    ].map((command) => `    ${colors.cyan(command)}`),
    '',
    `  Services that cannot register themselves go into ${servicesFile(dataDir)}.`,
    `  Data is in ${dataDir}. Ctrl-C ends everything; a second one does not wait.`,
  ];
  return `\n${lines.join('\n')}\n\n`;
}
