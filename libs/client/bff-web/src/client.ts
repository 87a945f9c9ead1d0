import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './generated/openapi.ts';

export interface BffWebClientOptions {
  /** Where the BFF is, with the gateway's prefix if any: `http://localhost:8080/web`. */
  readonly baseUrl: string;
  /** Of `POST /login`. A browser needs none: its cookie goes along. */
  readonly token?: string;
  /** Default: the platform's. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** `GET` and `POST` typed by path: `data` when the answer is good, `error` (an RFC 9457 problem) when it is not. */
export type BffWebClient = Client<paths>;

/** A client of the web BFF. It keeps no state; a rejection means that no answer came at all. */
export function createBffWebClient({ baseUrl, token, fetch }: BffWebClientOptions): BffWebClient {
  const client = createClient<paths>({
    baseUrl,
    credentials: 'include',
    ...(fetch !== undefined && { fetch }),
  });
  client.use({
    onRequest: ({ request }) => {
      if (request.method !== 'GET') request.headers.set('X-Portolan-Csrf', '1');
      if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`);
    },
  });
  return client;
}
