/** Name, value, name, value… */
export type HeaderList = readonly string[];

/** A request as a gateway sees it, but for its path and two more fields. */
const SAME = [
  ...[':method', 'GET', ':scheme', 'https', ':authority', 'shop.example.org'],
  ...['user-agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36'],
  ...['accept', 'application/json, text/plain, */*', 'accept-encoding', 'gzip, deflate, br, zstd'],
  ...['accept-language', 'de,en;q=0.9', 'referer', 'https://shop.example.org/products', 'x-tenant', 'acme'],
];
const REPEATED: HeaderList = [':path', '/', ...SAME, 'x-app-version', '4.2.0', 'sec-fetch-mode', 'cors'];
const changing = (call: number): HeaderList => [
  ...[':path', `/api/v1/products/${call}`, ...SAME],
  ...['traceparent', `00-0af7651916cd43dd8448eb21${hex(call, 8)}-b7ad6b71${hex(call, 8)}-01`],
  ...['x-request-id', `5f2b8c1d-9e4a-4c1b-8d2e-${hex(call, 12)}`],
];

const hex = (value: number, digitCount: number): string => value.toString(16).padStart(digitCount, '0');

/** Lists in a batch. */
const LISTS = 1_000;
export const FIELDS_A_LIST = REPEATED.length / 2;

/** What is encoded and decoded: the same list each time, or one whose path and ids differ from all others. */
export const HEADER_LISTS = {
  repeated: Array.from({ length: LISTS }, () => REPEATED),
  changing: Array.from({ length: LISTS }, (_, call) => changing(call)),
} as const satisfies Readonly<Record<string, readonly HeaderList[]>>;
