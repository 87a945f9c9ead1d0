import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderTypes } from './render-types.ts';

/** Writes the types of the committed OpenAPI document: a step of `npm run generate`. */
const generated = join(import.meta.dirname, '../generated');
await writeFile(
  join(generated, 'openapi.ts'),
  await renderTypes(await readFile(join(generated, 'openapi.json'), 'utf8')),
);
