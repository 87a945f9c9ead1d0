import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { breakingChanges } from './breaking-changes.ts';
import { parseOpenApiDocument } from './openapi-document.ts';
import { renderTypes } from './render-types.ts';

/** What holds for the committed files of every client that is made from an OpenAPI document. @param root its project's folder */
export function describeClientFiles(root: string): void {
  const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

  it('the types are those of the document (npm run generate)', async () => {
    const document = await read('src/generated/openapi.json');
    expect(await read('src/generated/openapi.ts')).toBe(await renderTypes(document));
  });

  it('the document breaks nothing that the baseline promised', async () => {
    const [baseline, current] = await Promise.all([read('openapi.baseline.json'), read('src/generated/openapi.json')]);
    const changes = breakingChanges(
      parseOpenApiDocument(JSON.parse(baseline)),
      parseOpenApiDocument(JSON.parse(current)),
    );
    expect(changes).toEqual([]);
  });
}
