import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { openApiDocument } from './openapi.ts';

it('is what the typed client was made from (npm run generate)', async () => {
  const path = createRequire(import.meta.url).resolve('@portolan/bff-mobile-client/openapi.json');
  const committed: unknown = JSON.parse(await readFile(path, 'utf8'));
  expect(JSON.parse(JSON.stringify(openApiDocument()))).toEqual(committed);
});
