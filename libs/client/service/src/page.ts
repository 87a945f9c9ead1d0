import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { createPageToken, InvalidPageTokenError, readPageToken } from './page-token.ts';

/** A page of this size is still one small message, and one transaction where each result is a key. */
export const PAGE_SIZE_MAX = 100;
/** What a page holds when the request does not say. */
export const PAGE_SIZE_DEFAULT = 20;

/** A page larger than any method answers. */
export class PageSizeError extends PortolanError {
  readonly code = 'SERVICE_PAGE_SIZE';
  readonly kind: ErrorKind = 'invalid';
}

/** The fields that every paged request has in our contracts. */
export interface PagedRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

export interface PageRequest {
  readonly size: number;
  /** Position of the last result of the page before; undefined for the first page. */
  readonly after: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Empty: this is the last page. */
  readonly nextPageToken: string;
}

/**
 * @param query as for `createPageToken`
 * @throws PageSizeError, InvalidPageTokenError
 */
export function pageRequestOf({ pageSize, pageToken }: PagedRequest, query: readonly string[]): PageRequest {
  if (pageSize > PAGE_SIZE_MAX) {
    throw new PageSizeError(`a page of ${pageSize} is too large`, {
      fix: `ask for 1 to ${PAGE_SIZE_MAX}, or 0 for ${PAGE_SIZE_DEFAULT}`,
      context: { pageSize, max: PAGE_SIZE_MAX },
    });
  }
  return {
    size: pageSize === 0 ? PAGE_SIZE_DEFAULT : pageSize,
    after: pageToken === '' ? undefined : readPageToken(query, pageToken),
  };
}

/**
 * Cuts one page out of all results. It continues after the result that the token names, so that results which come or go
 * before it neither repeat nor skip one.
 * @throws InvalidPageTokenError also when the result that the token names is gone
 */
export function pageOf<Item>(
  results: readonly Item[],
  positionOf: (item: Item) => string,
  request: PagedRequest,
  query: readonly string[],
): Page<Item> {
  const { size, after } = pageRequestOf(request, query);
  const start = after === undefined ? 0 : results.findIndex((item) => positionOf(item) === after) + 1;
  if (after !== undefined && start === 0) throw new InvalidPageTokenError();
  const items = results.slice(start, start + size);
  const last = items.at(-1);
  const more = start + size < results.length && last !== undefined;
  return { items, nextPageToken: more ? createPageToken(query, positionOf(last)) : '' };
}
