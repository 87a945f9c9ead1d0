export { createBffMobileClient, type BffMobileClient, type BffMobileClientOptions } from './client.ts';
export type { components, operations, paths } from './generated/openapi.ts';
