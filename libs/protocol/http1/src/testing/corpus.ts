/** Requests that are valid, for tests that cut, change and compare them. Each asks to keep the connection. */
export const VALID_REQUESTS: readonly string[] = [
  'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n',
  'GET /a/b?c=d&e=%20 HTTP/1.1\r\nHost: a.test:8080\r\nAccept: */*\r\nUser-Agent: x y\r\n\r\n',
  'HEAD /a HTTP/1.1\r\nHost: a.test\r\nX-Empty:\r\nX-Space:   b \t\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n',
  'GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 12\r\n\r\nhello\r\nworld',
  'PUT /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n',
  'POST /c HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n',
  'POST /t HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n3;a=b\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n',
  'POST /h HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n00A\r\n0123456789\r\n0\r\n\r\n',
  'GET /cookie HTTP/1.1\r\nHost: a.test\r\nCookie: a=1; b=2\r\nConnection: keep-alive\r\n\r\n',
  'DELETE /d HTTP/1.1\r\nHost: [::1]:80\r\nConnection: keep-alive, x-hop\r\nX-Hop: y\r\n\r\n',
];

export const VALID_RESPONSES: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n',
  'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx',
  'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
];
