/**
 * Bundles every app for the image: `docker/dist/<app>/main.js`, with what they have in common in `docker/dist/chunks`.
 * Run from the root of the repository: `node docker/bundle.mjs`.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { APP_BUNDLE, copyPage } from '../build.config.mjs';

const OUT = 'docker/dist';
/** What starts the others on one machine; the image has somebody else for that. */
const NOT_IN_IMAGE = ['stack'];

const apps = readdirSync('apps').filter(
  (app) => existsSync(join('apps', app, 'src/main.ts')) && !NOT_IN_IMAGE.includes(app),
);
rmSync(OUT, { recursive: true, force: true });
await build({
  ...APP_BUNDLE,
  entryPoints: Object.fromEntries(apps.map((app) => [`${app}/main`, join('apps', app, 'src/main.ts')])),
  outdir: OUT,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  // Lines of the sources in stack traces, without the sources.
  sourcesContent: false,
});
for (const app of apps) copyPage(join('apps', app), join(OUT, app));
console.log(`bundled ${apps.length} apps into ${OUT}: ${apps.join(', ')}`);
