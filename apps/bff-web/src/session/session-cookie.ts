import { parseCookie, stringifySetCookie } from 'cookie';

/**
 * The cookie a browser keeps its session in: out of reach of scripts, never sent along with a request of another site.
 * Over HTTPS (`secure`) its name has the prefix that no other host or path can set it under.
 */
export interface SessionCookie {
  /** The value of `Set-Cookie` that begins a session. */
  set(token: string, ttlMs: number): string;
  /** The value of `Set-Cookie` that ends it. */
  clear(): string;
  /** @param header the request's `Cookie` */
  read(header: string | undefined): string | undefined;
}

export function createSessionCookie({ secure }: { readonly secure: boolean }): SessionCookie {
  const name = secure ? '__Host-portolan-session' : 'portolan-session';
  const attributes = { name, httpOnly: true, sameSite: 'strict', path: '/', secure } as const;
  return {
    set: (token, ttlMs) => stringifySetCookie({ ...attributes, value: token, maxAge: Math.floor(ttlMs / 1_000) }),
    clear: () => stringifySetCookie({ ...attributes, value: '', maxAge: 0 }),
    read: (header) => (header === undefined ? undefined : parseCookie(header)[name]),
  };
}
