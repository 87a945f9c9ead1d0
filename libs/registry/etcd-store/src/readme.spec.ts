import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describeWithEtcd } from './testing/describe-with-etcd.ts';

const GUARD_MS = 60_000;

describeWithEtcd('the example of the README', (running) => {
  it(
    'runs',
    async () => {
      const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
      const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
      const here = example.replace('127.0.0.1:2379', running().endpoints.join(','));
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module-typescript', '--eval', here],
        { cwd: import.meta.dirname, env: { ...process.env, NODE_OPTIONS: '' } },
      );
      expect(stdout).toMatch(/^0\n$/);
    },
    GUARD_MS,
  );
});
