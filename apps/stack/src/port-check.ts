import { createServer } from 'node:net';
import { PortInUseError } from './errors.ts';
import type { PlannedProcess } from './plan.ts';
import { portHolder } from './port-holder.ts';

const HOST = '127.0.0.1';

/**
 * Looks at every fixed port before anything starts, so that all that are taken are told at once.
 * @throws PortInUseError
 */
export async function checkPorts(plan: readonly PlannedProcess[]): Promise<void> {
  const wanted = plan.flatMap(({ name, ports }) => ports.map(({ port }) => ({ name, port })));
  const taken: string[] = [];
  for (const { name, port } of wanted) {
    const trouble = await troubleWith(port);
    if (trouble === undefined) continue;
    const holder = trouble === 'EADDRINUSE' ? portHolder(port) : undefined;
    taken.push(
      `port ${port} for ${name} is ${trouble === 'EADDRINUSE' ? 'in use' : `refused (${trouble})`}${holder === undefined ? '' : ` by ${holder.name} (process ${holder.pid})`}`,
    );
  }
  if (taken.length === 0) return;
  throw new PortInUseError(taken.join('; '), {
    fix: 'end what listens there, or move every port: npm start -- --port-offset 100',
  });
}

/** The code of the error that listening ends with. */
function troubleWith(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    server.listen(port, HOST, () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
}
