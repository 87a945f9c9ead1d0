/** What the text of a request's pseudo-header fields may be (RFC 9113, section 8.3.1): it ends in request lines of HTTP/1.1. */

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let index = 0; index < characters.length; index += 1) table[characters.charCodeAt(index)] = 1;
  return table;
}

const TOKEN = tableOf(`!#$%&'*+-.^_\`|~${ALPHANUMERIC}`);
const SCHEME = tableOf(`+-.${ALPHANUMERIC}`);
/** Without `@`: who the user is has no place in an authority (section 8.3.1). */
const AUTHORITY = tableOf(`-._~%!$&'()*+,;=:[]${ALPHANUMERIC}`);
/** All that is visible in ASCII but `#`, since a fragment is never sent. Wider than RFC 3986: browsers leave `|`, `[`, `{` as they are. */
const TARGET = new Uint8Array(256);
for (let byte = 0x21; byte < 0x7f; byte += 1) TARGET[byte] = byte === 0x23 ? 0 : 1;

/** A method, or a protocol of extended CONNECT. */
export const isToken = (text: string): boolean => text.length > 0 && isOf(text, TOKEN);

export const isScheme = (text: string): boolean =>
  text === 'https' || text === 'http' || (text.length > 0 && isOf(text, SCHEME));

/** Of host and port, the characters alone. */
export const isAuthority = (text: string): boolean => isOf(text, AUTHORITY);

/** A path with its query; `*` is for OPTIONS. */
export function isTarget(text: string, method: string): boolean {
  if (text.charCodeAt(0) === 47) return isOf(text, TARGET);
  return text === '*' && method === 'OPTIONS';
}

/** Whether two authorities name the same, in whatever case, with or without the scheme's own port. */
export const isSameAuthority = (one: string, other: string, scheme: string): boolean =>
  one === other || normalized(one, scheme) === normalized(other, scheme);

function normalized(authority: string, scheme: string): string {
  const port = scheme === 'https' ? ':443' : ':80';
  const text = authority.toLowerCase();
  return text.endsWith(port) ? text.slice(0, -port.length) : text;
}

function isOf(text: string, table: Uint8Array): boolean {
  for (let index = 0; index < text.length; index += 1) if (table[text.charCodeAt(index)] !== 1) return false;
  return true;
}
