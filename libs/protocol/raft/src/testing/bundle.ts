import { build } from 'esbuild';

/** The core as a browser would load it: `platform: browser` fails on any module of Node's. @param format a module, or a global `core` */
export async function bundled(format: 'esm' | 'iife'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL('../index.ts', import.meta.url).pathname],
    bundle: true,
    format,
    globalName: 'core',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
