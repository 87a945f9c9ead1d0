import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { breakingChanges } from './compatibility/breaking-changes.ts';
import { parseOpenApiDocument } from './compatibility/openapi-document.ts';
import { renderTypes } from './generation/render-types.ts';

const read = (path: string): Promise<string> => readFile(join(import.meta.dirname, path), 'utf8');

it('the types are those of the document (npm run generate)', async () => {
  const document = await read('generated/openapi.json');
  expect(await read('generated/openapi.ts')).toBe(await renderTypes(document));
});

it('the document breaks nothing that the baseline promised', async () => {
  const [baseline, current] = await Promise.all([read('../openapi.baseline.json'), read('generated/openapi.json')]);
  const changes = breakingChanges(
    parseOpenApiDocument(JSON.parse(baseline)),
    parseOpenApiDocument(JSON.parse(current)),
  );
  expect(changes).toEqual([]);
});
