import openapiTypescript, { astToString } from 'openapi-typescript';

const HEADER = '// Generated from openapi.json by `npm run generate`. Do not edit.\n\n';

/**
 * The TypeScript types of an OpenAPI document: what a client made by `openapi-fetch` is typed by.
 * @param document the JSON text
 */
export async function renderTypes(document: string): Promise<string> {
  // Not `immutable`: openapi-fetch takes a readonly array for an object, and its answers could not be iterated.
  return HEADER + astToString(await openapiTypescript(document, { alphabetize: true }));
}
