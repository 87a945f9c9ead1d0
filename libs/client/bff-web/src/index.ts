export { createBffWebClient, type BffWebClient, type BffWebClientOptions } from './client.ts';
export type { components, operations, paths } from './generated/openapi.ts';
