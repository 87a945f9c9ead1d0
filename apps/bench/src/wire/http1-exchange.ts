/** What a browser sends to get some JSON: 600 bytes. */
export const BROWSER_REQUEST = Buffer.from(
  [
    'GET /api/v1/products/4711?currency=EUR&locale=de-DE HTTP/1.1',
    'Host: shop.example.org',
    'Connection: keep-alive',
    'sec-ch-ua-platform: "Linux"',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Accept: application/json, text/plain, */*',
    'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24"',
    'sec-ch-ua-mobile: ?0',
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-Mode: cors',
    'Sec-Fetch-Dest: empty',
    'Referer: https://shop.example.org/products',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: de,en;q=0.9',
    'Cookie: session=5f2b8c1d9e4a6c1b0d',
    '',
    '',
  ].join('\r\n'),
);

export const RESPONSE_BODY = Buffer.alloc(143, '{"id":4711,"name":"lamp"}');
/** Name, value, name, value… */
export const RESPONSE_FIELDS: readonly string[] = [
  'content-type',
  'application/json; charset=utf-8',
  'content-length',
  String(RESPONSE_BODY.length),
  'cache-control',
  'private, max-age=10',
  'etag',
  '"5f2b8c1d"',
  'date',
  'Tue, 01 Jan 2030 00:00:00 GMT',
];
