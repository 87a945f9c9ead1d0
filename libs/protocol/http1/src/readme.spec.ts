import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';

const entry = new URL('./index.ts', import.meta.url);

/** The core as a browser would load it: `platform: browser` fails on any module of Node's. */
async function bundle(format: 'esm' | 'iife'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry.pathname],
    bundle: true,
    format,
    globalName: 'http1',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

it('bundles for browsers without a module or global of Node', async () => {
  const code = await bundle('iife');
  expect(code.length).toBeGreaterThan(10_000);
  expect(code).not.toMatch(/\bnode:|\brequire\(|\bBuffer\b|\bprocess\b/);
});

it('reads a request and answers it where there is nothing but the language', async () => {
  const context = createContext({});
  expect(runInContext('typeof process + typeof Buffer + typeof TextDecoder', context)).toBe('undefined'.repeat(3));
  runInContext(await bundle('iife'), context);
  const script = `
    const told = [];
    const no = () => undefined;
    const events = { onData: no, onEnd: no, onWritable: no, onTunnel: no, onTunnelEnd: no, onError: no };
    const server = new http1.Http1Server({}, {
      ...events,
      onRequest(head, endStream) {
        told.push(head.method, head.target, head.get('host'), endStream);
        server.head(204, [], true);
      },
    });
    const bytes = Uint8Array.from('GET /a HTTP/1.1\\r\\nHost: b\\r\\n\\r\\n', (character) => character.charCodeAt(0));
    server.receive(bytes, 0, bytes.length, 0);
    told.push(String.fromCharCode(...server.output.bytes.subarray(0, server.output.length)));
    told.join('|')`;
  expect(runInContext(script, context)).toBe('GET|/a|b|true|HTTP/1.1 204 No Content\r\n\r\n');
});

it('runs the example of the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const core = `data:text/javascript,${encodeURIComponent(await bundle('esm'))}`;
  const code = `${stripTypeScriptTypes(example).replace("'@portolan/http1'", JSON.stringify(core))}\nexport { answers };`;
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { answers: string[] };
  expect(module.answers).toEqual(['200 hello /world']);
});
