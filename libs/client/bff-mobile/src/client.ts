import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './generated/openapi.ts';

export interface BffMobileClientOptions {
  /** Where the BFF is, with the gateway's prefix if any: `http://localhost:8080/mobile`. */
  readonly baseUrl: string;
  /** Of `POST /v1/login`. */
  readonly token?: string;
  /** Of the app that calls, as `1.4.2`: one that is too old is answered 426. */
  readonly appVersion?: string;
  /** Default: the platform's. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** `GET` and `POST` typed by path: `data` when the answer is good, `error` (an RFC 9457 problem) when it is not. */
export type BffMobileClient = Client<paths>;

/** A client of the mobile BFF. It keeps no state; a rejection means that no answer came at all. */
export function createBffMobileClient({ baseUrl, token, appVersion, fetch }: BffMobileClientOptions): BffMobileClient {
  const client = createClient<paths>({ baseUrl, ...(fetch !== undefined && { fetch }) });
  client.use({
    onRequest: ({ request }) => {
      if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`);
      if (appVersion !== undefined) request.headers.set('X-App-Version', appVersion);
    },
  });
  return client;
}
