import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { build } from 'esbuild';

const entry = new URL('./index.ts', import.meta.url);

/** The core as a browser would load it: `platform: browser` fails on any module of Node's. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry.pathname],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

it('bundles for browsers without a module or global of Node', async () => {
  const code = await bundle();
  expect(code.length).toBeGreaterThan(10_000);
  expect(code).not.toMatch(/\bnode:|\brequire\(|\bBuffer\b|\bprocess\./);
});

it('runs the example of the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const core = `data:text/javascript,${encodeURIComponent(await bundle())}`;
  const code = `${stripTypeScriptTypes(example).replace("'@portolan/http2'", JSON.stringify(core))}\nexport { answers };`;
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { answers: string[] };
  expect(module.answers).toEqual(['200 hello']);
});
