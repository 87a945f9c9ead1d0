import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderTypes } from './render-types.ts';

/** Writes the types of the OpenAPI document in a folder beside it: a step of `npm run generate`. */
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: node libs/platform/openapi/src/write-types.ts <folder of openapi.json>\n');
  process.exit(2);
}
await writeFile(join(folder, 'openapi.ts'), await renderTypes(await readFile(join(folder, 'openapi.json'), 'utf8')));
