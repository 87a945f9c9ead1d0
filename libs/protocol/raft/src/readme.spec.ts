import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { bundled } from './testing/bundle.ts';

it('runs the example of the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const core = `data:text/javascript,${encodeURIComponent(await bundled('esm'))}`;
  const code = `${stripTypeScriptTypes(example).replace("'@portolan/raft'", JSON.stringify(core))}\nexport { applied };`;
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { applied: string[] };
  expect(module.applied).toEqual(['1/2']);
});
