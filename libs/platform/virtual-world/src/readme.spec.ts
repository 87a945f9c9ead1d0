import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

it('runs the example of the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module-typescript', '--eval', example],
    { cwd: import.meta.dirname, env: { ...process.env, NODE_OPTIONS: '' } },
  );
  expect(stdout.split('\n')).toEqual([
    'not linearizable: no order explains the answers of 3 operations',
    'client  call   return  input      output',
    'c2      0.000  0.000   write x 1  ok',
    'c2      0.000  0.000   write x 2  ok',
    'c1      0.000  0.000   read x     1',
    'the order that comes furthest: c2 write x 2',
    'after it, in state =2, there is no place for c1 read x → 1',
    '0.000  c1 → n1  read x  sent',
    '0.000  c1 → n1  read x  delivered',
    '0.000  n1 → c1  1  sent',
    '0.000  n1 → c1  1  delivered',
    '0.010  partition {n1} {c1}',
    '0.010  c1 → n1  read x  dropped by partition {n1} {c1}',
    '',
  ]);
});
