import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memberId } from '@portolan/raft';
import { systemClock, systemRng } from '@portolan/runtime';
import { nodeDisk } from '@portolan/storage';
import { startRaft } from './index.ts';
import { Counter } from './testing/counter.ts';

it('runs the example of the README on a real disk', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, example = ''] = /```ts\n.*?\n\n(.*?)```/s.exec(readme) ?? [];
  const counter = new Counter();
  const transport = { send: () => undefined, sendSnapshot: () => Promise.reject(new Error('there is nobody else')) };
  const folder = mkdtempSync(join(tmpdir(), 'portolan-raft-'));
  const given = {
    startRaft,
    memberId,
    nodeDisk,
    folder: join(folder, 'data'),
    counter,
    transport,
    systemClock,
    systemRng,
    onFatal: fail,
  };
  const code = stripTypeScriptTypes(`export async function run({ ${Object.keys(given).join(', ')} }) { ${example} }`);
  try {
    const { run } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
      run: (environment: typeof given) => Promise<void>;
    };
    await run(given);
    expect(counter.sum).toBe(5);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function fail(error: unknown): never {
  throw error;
}
