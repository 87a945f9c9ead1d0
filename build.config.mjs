/**
 * Bundles one project into `dist/`: `node build.config.mjs apps/gateway`.
 * An app becomes one self-contained `dist/main.js`; a lib becomes `dist/index.js` with its packages left as imports.
 * Development never needs this: Node runs the TypeScript sources as they are.
 */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** How everything is bundled. */
const BUNDLE = {
  bundle: true,
  // Native add-ons cannot be bundled. Those of our dependencies are optional: they do without, as they do where none was built.
  external: ['*.node'],
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: true,
  logLevel: 'warning',
};

/** What an app is bundled with besides. */
export const APP_BUNDLE = {
  ...BUNDLE,
  packages: 'bundle',
  // CommonJS dependencies inside an ESM bundle still call require() for Node's own modules, and ask where they are.
  define: { __dirname: 'portolanDirname', __filename: 'portolanFilename' },
  banner: {
    js: [
      "import { createRequire as portolanCreateRequire } from 'node:module';",
      'const require = portolanCreateRequire(import.meta.url);',
      'const { dirname: portolanDirname, filename: portolanFilename } = import.meta;',
    ].join('\n'),
  },
};

/** A page is served as it is, from beside what serves it. */
export function copyPage(projectRoot, outdir) {
  const page = join(projectRoot, 'src/page');
  if (existsSync(page)) cpSync(page, join(outdir, 'page'), { recursive: true });
}

async function bundle(projectRoot) {
  const outdir = join(projectRoot, 'dist');
  const main = join(projectRoot, 'src/main.ts');
  if (existsSync(main)) {
    copyPage(projectRoot, outdir);
    await build({ ...APP_BUNDLE, entryPoints: [main], outdir });
    return;
  }
  const { exports } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  // A lib's entries are the sources it exports.
  const entryPoints = Object.values(exports ?? {})
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(projectRoot, path));
  await build({ ...BUNDLE, packages: 'external', entryPoints, outdir });
}

if (process.argv[1] === import.meta.filename) {
  const [projectRoot] = process.argv.slice(2);
  if (projectRoot === undefined) {
    console.error('usage: node build.config.mjs <project root>, for example: node build.config.mjs apps/gateway');
    process.exit(2);
  }
  await bundle(projectRoot);
}
