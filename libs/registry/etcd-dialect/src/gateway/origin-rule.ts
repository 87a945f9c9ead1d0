import type { GatewayFailure } from './gateway-failure.ts';

/**
 * Whether a page of the web that a browser shows may ask. Such a request carries `Origin`, whatever the page did to make it look like
 * one of this host (CVE-2018-1098, CVE-2018-1099), and a loopback is as near to the browser as to anybody.
 */
export type OriginRule =
  | { readonly kind: 'no-page' }
  | { readonly kind: 'allowed'; readonly fields: readonly string[] }
  | { readonly kind: 'refused'; readonly failure: GatewayFailure };

/** @param origins those that may, as `https://console.example`; `*` is any */
export function originRule(origin: string | undefined, origins: readonly string[]): OriginRule {
  if (origin === undefined) return { kind: 'no-page' };
  if (!origins.includes('*') && !origins.includes(origin)) {
    const message = `pages of ${origin} may not ask here: add it to --etcd-cors if they are to`;
    return { kind: 'refused', failure: { http: 403, code: 7, message } };
  }
  const fields = [
    ...['access-control-allow-origin', origin, 'vary', 'origin'],
    ...['access-control-allow-methods', 'POST, GET, OPTIONS', 'access-control-allow-headers', 'accept, content-type'],
  ];
  return { kind: 'allowed', fields };
}
