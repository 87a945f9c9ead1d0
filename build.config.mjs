/**
 * Bundles one project into `dist/`: `node build.config.mjs apps/gateway`.
 * An app becomes one self-contained `dist/main.js` for images; a lib becomes `dist/index.js` with its packages left as imports.
 * Development never needs this: Node runs the TypeScript sources as they are.
 */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const [projectRoot] = process.argv.slice(2);
if (projectRoot === undefined) {
  console.error('usage: node build.config.mjs <project root>, for example: node build.config.mjs apps/gateway');
  process.exit(2);
}
const isApp = existsSync(join(projectRoot, 'src/main.ts'));
const { exports } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
// A lib's entries are the sources it exports.
const entryPoints = isApp
  ? [join(projectRoot, 'src/main.ts')]
  : Object.values(exports ?? {})
      .filter((path) => path.endsWith('.ts'))
      .map((path) => join(projectRoot, path));
// A page is served as it is, from beside what serves it.
const page = join(projectRoot, 'src/page');
if (isApp && existsSync(page)) cpSync(page, join(projectRoot, 'dist/page'), { recursive: true });
await build({
  entryPoints,
  outdir: join(projectRoot, 'dist'),
  bundle: true,
  packages: isApp ? 'bundle' : 'external',
  // Native add-ons cannot be bundled. Those of our dependencies are optional: they do without, as they do where none was built.
  external: ['*.node'],
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: true,
  logLevel: 'warning',
  // CommonJS dependencies inside an ESM bundle still call require() for Node's own modules, and ask where they are.
  define: isApp ? { __dirname: 'portolanDirname', __filename: 'portolanFilename' } : {},
  banner: isApp
    ? {
        js: [
          "import { createRequire as portolanCreateRequire } from 'node:module';",
          'const require = portolanCreateRequire(import.meta.url);',
          'const { dirname: portolanDirname, filename: portolanFilename } = import.meta;',
        ].join('\n'),
      }
    : {},
});
