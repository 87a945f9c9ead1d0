import { spawn } from 'node:child_process';
import { OUTPUT_BYTES_MAX } from '@portolan/catalog';
import type { ScriptCheck } from '../model.ts';
import type { Probe, ProbeResult } from './probe.ts';

/** Exit code 0 passes, 1 warns, any other is critical: as Consul's script check, and Nagios' plug-ins. */
export function scriptProbe({ args: [program = '', ...args] }: ScriptCheck): Probe {
  return (signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<ProbeResult>();
    // A group of its own: what the program started ends with it.
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer): void => {
      if (bytes < OUTPUT_BYTES_MAX) chunks.push(chunk);
      bytes += chunk.length;
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself meanwhile.
      }
      reject(signal.reason);
    };
    if (signal.aborted) kill();
    else signal.addEventListener('abort', kill, { once: true });
    child.once('error', reject);
    child.once('close', (code, endedBy) => {
      signal.removeEventListener('abort', kill);
      const output = Buffer.concat(chunks).toString('utf8');
      if (code === 0) resolve({ status: 'passing', output });
      else if (code === 1) resolve({ status: 'warning', output });
      else
        resolve({
          status: 'critical',
          output: `${output}\n(${program} ended with ${code ?? endedBy ?? 'an error'})`.trimStart(),
        });
    });
    return promise;
  };
}
