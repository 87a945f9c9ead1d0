export { checkIds, IDS_MAX, TooManyIdsError } from './check-ids.ts';
export {
  PAGE_SIZE_DEFAULT,
  PAGE_SIZE_MAX,
  pageOf,
  pageRequestOf,
  PageSizeError,
  type Page,
  type PagedRequest,
  type PageRequest,
} from './page.ts';
export { createPageToken, InvalidPageTokenError, readPageToken } from './page-token.ts';
export { runService } from './run-service.ts';
export type { ServiceContext } from './service-context.ts';
export { serviceSettings, type ServiceSettings } from './service-settings.ts';
