import { writeFile } from 'node:fs/promises';
import { openApiDocument } from './openapi.ts';

/** Writes the OpenAPI document to the file named as the argument: a step of `npm run generate`. */
const [path] = process.argv.slice(2);
if (path === undefined) {
  process.stderr.write('usage: node apps/bff-mobile/src/write-openapi.ts <file>\n');
  process.exit(2);
}
await writeFile(path, `${JSON.stringify(openApiDocument(), undefined, 2)}\n`);
