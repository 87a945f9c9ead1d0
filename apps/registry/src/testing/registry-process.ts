import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { assert } from '@portolan/kernel';
import { z } from 'zod';

const ReadyLine = z.object({
  event: z.literal('ready'),
  urls: z.object({ grpc: z.string(), ops: z.string(), etcd: z.string().optional() }),
});

/** The registry as a process of its own. Disposing kills it. */
export interface RegistryProcess extends AsyncDisposable {
  /** host:port */
  readonly grpc: string;
  readonly ops: string;
  /** A URL. */
  readonly etcd?: string | undefined;
  readonly pid: number;
  /** Its exit code, when it has ended. */
  readonly exited: Promise<number | null>;
  /** Everything that it has printed. */
  printed(): string;
  /** @returns its exit code */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** @throws Error with what it printed, when it ends before it is ready */
export function startRegistry(dataDir: string, ...flags: readonly string[]): Promise<RegistryProcess> {
  return startRegistryUnder([], dataDir, ...flags);
}

/** The same, run by another program, such as `ip netns exec`, which becomes the registry. */
export async function startRegistryUnder(
  program: readonly string[],
  dataDir: string,
  ...flags: readonly string[]
): Promise<RegistryProcess> {
  const own = ['--port', '0', '--ops-port', '0', '--log-format', 'json', '--log-level', 'debug', '--data-dir', dataDir];
  const argv = [...program, process.execPath, join(import.meta.dirname, '../main.ts'), ...own, ...flags];
  const child = spawn('env', argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PORTOLAN_|NODE_OPTIONS)/.test(name))),
  });
  const exited = once(child, 'exit').then(() => child.exitCode);
  const printed: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => printed.push(line));
  const urls = await new Promise<z.infer<typeof ReadyLine>['urls']>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      printed.push(line);
      const parsed = ReadyLine.safeParse(JSON.parse(line));
      if (parsed.success) resolve(parsed.data.urls);
    });
    child.once('close', () => {
      reject(new Error(printed.join('\n')));
    });
  });
  const { pid } = child;
  assert(pid !== undefined, 'what is ready runs');
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return exited;
  };
  return {
    ...urls,
    pid,
    exited,
    printed: () => printed.join('\n'),
    end,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
}
