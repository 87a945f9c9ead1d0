import { Http1MessageError } from './connection-error.ts';
import { REFUSALS, type RefusalReason } from './refusal.ts';
import { clientEnd, give, serverEnd, take } from './testing/recorder.ts';

/** What is wrong, bytes that are wrong in this way alone, and why they are refused. Also a corpus of request smuggling: what others read in two ways. */
type Row = readonly [what: string, bytes: string, reason: RefusalReason];

const GET = 'GET / HTTP/1.1\r\nHost: a.test\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: a.test\r\n';
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
const long = (count: number): string => 'x'.repeat(count);

const START_LINES: readonly Row[] = [
  ['two empty lines first', '\r\n\r\nGET / HTTP/1.1\r\n', 'request-line'],
  ['an empty line that is LF alone', '\nGET / HTTP/1.1\r\n', 'bare-lf'],
  ['an empty line that is CR alone', '\rGET / HTTP/1.1\r\n', 'bare-cr'],
  ['a space first', ' GET / HTTP/1.1\r\n', 'request-line'],
  ['a TLS handshake', '\x16\x03\x01\x02\x00', 'control-character'],
  ['no method', '/ HTTP/1.1\r\n', 'request-line'],
  ['two spaces', 'GET  / HTTP/1.1\r\n', 'request-line'],
  ['a tab for a space', 'GET\t/ HTTP/1.1\r\n', 'request-line'],
  ['two spaces before the version', 'GET /  HTTP/1.1\r\n', 'version'],
  ['a space at the end', 'GET / HTTP/1.1 \r\n', 'version'],
  ['HTTP/0.9', 'GET /\r\n', 'request-line'],
  ['HTTP/0.9 with LF', 'GET /\n', 'bare-lf'],
  ['LF for CRLF', 'GET / HTTP/1.1\n', 'bare-lf'],
  ['CR for CRLF', 'GET / HTTP/1.1\rHost: a', 'bare-cr'],
  ['a CR in the target', 'GET /\rx HTTP/1.1\r\n', 'request-line'],
  ['a NUL in the method', 'G\0ET / HTTP/1.1\r\n', 'control-character'],
  ['a NUL in the target', 'GET /\0 HTTP/1.1\r\n', 'control-character'],
  ['a DEL in the target', 'GET /\x7f HTTP/1.1\r\n', 'control-character'],
  ['bytes over 127 in the target', 'GET /\xe4 HTTP/1.1\r\n', 'target'],
  ['a separator in the method', 'GE(T / HTTP/1.1\r\n', 'request-line'],
  ['a version in lower case', 'GET / http/1.1\r\n', 'version'],
  ['no name of the protocol', 'GET / 1.1\r\n', 'version'],
  ['another protocol', 'GET / RTSP/1.0\r\n', 'version'],
  ['a version without a point', 'GET / HTTP/11\r\n', 'version'],
  ['a version that is no number', 'GET / HTTP/1.x\r\n', 'version'],
  ['a minor version of two digits', 'GET / HTTP/1.10\r\n', 'version'],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\n', 'version-unsupported'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n', 'target'],
  ['HTTP/3.0', 'GET / HTTP/3.0\r\n', 'version-unsupported'],
  ['a method of 33 bytes', `${'M'.repeat(33)} / HTTP/1.1\r\n`, 'method-too-long'],
  ['a target of 8,193 bytes', `GET /${long(8_192)}`, 'uri-too-long'],
];

const TARGETS: readonly Row[] = [
  ['a fragment', 'GET /a#b HTTP/1.1\r\n', 'target'],
  ['no slash', 'GET a HTTP/1.1\r\n', 'target'],
  ['an asterisk with GET', 'GET * HTTP/1.1\r\n', 'target'],
  ['an asterisk and more', 'OPTIONS *a HTTP/1.1\r\n', 'target'],
  ['a host and port with GET', 'GET a.test:80 HTTP/1.1\r\n', 'target'],
  ['a path with CONNECT', 'CONNECT /a HTTP/1.1\r\n', 'target'],
  ['CONNECT without a port', 'CONNECT a.test HTTP/1.1\r\n', 'target'],
  ['CONNECT with an empty port', 'CONNECT a.test: HTTP/1.1\r\n', 'target'],
  ['CONNECT with a port that is none', 'CONNECT a.test:8o HTTP/1.1\r\n', 'target'],
  ['CONNECT without a host', 'CONNECT :80 HTTP/1.1\r\n', 'target'],
  ['CONNECT with a path behind', 'CONNECT a.test:80/a HTTP/1.1\r\n', 'target'],
  ['CONNECT with a URI', 'CONNECT http://a.test/ HTTP/1.1\r\n', 'target'],
  ['a URI without authority', 'GET http:///a HTTP/1.1\r\n', 'target'],
  ['a URI without slashes', 'GET http:a HTTP/1.1\r\n', 'target'],
  ['a scheme that begins with a digit', 'GET 1ttp://a.test/ HTTP/1.1\r\n', 'target'],
  ['a URI with a user', 'GET http://u@a.test/ HTTP/1.1\r\n', 'target'],
  ['a URI with a broken address', 'GET http://[::1/ HTTP/1.1\r\n', 'target'],
  ['a URI whose port is too long', 'GET http://a.test:123456/ HTTP/1.1\r\n', 'target'],
  ['a URI of another host', 'GET http://b.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n', 'host-mismatch'],
];

const FIELDS: readonly Row[] = [
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 'host-missing'],
  ['two Hosts', `${GET}Host: b.test\r\n\r\n`, 'host-repeated'],
  ['the same Host twice', `${GET}hOST: a.test\r\n\r\n`, 'host-repeated'],
  ['two Hosts of HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n', 'host-repeated'],
  ['a Host that is a list', 'GET / HTTP/1.1\r\nHost: a.test b.test\r\n\r\n', 'host-value'],
  ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a.test/x\r\n\r\n', 'host-value'],
  ['a Host with a user', 'GET / HTTP/1.1\r\nHost: u@a.test\r\n\r\n', 'host-value'],
  ['a Host with a broken port', 'GET / HTTP/1.1\r\nHost: a.test:8x\r\n\r\n', 'host-value'],
  ['a Host that is a port', 'GET / HTTP/1.1\r\nHost: :80\r\n\r\n', 'host-value'],
  ['a Host with broken encoding', 'GET / HTTP/1.1\r\nHost: a%2\r\n\r\n', 'host-value'],
  ['white space before the first field', 'GET / HTTP/1.1\r\n Host: a.test\r\n\r\n', 'obs-fold'],
  ['a folded line', `${GET}A: b\r\n c\r\n\r\n`, 'obs-fold'],
  ['a line folded with a tab', `${GET}A: b\r\n\tc\r\n\r\n`, 'obs-fold'],
  ['a space before the colon', `${POST}Content-Length : 3\r\n\r\nabc`, 'space-before-colon'],
  ['a tab before the colon', `${POST}Transfer-Encoding\t: chunked\r\n\r\n`, 'space-before-colon'],
  ['no colon', `${GET}Content-Length\r\n\r\n`, 'field-name'],
  ['no name', `${GET}: b\r\n\r\n`, 'field-name'],
  ['a separator in a name', `${GET}A[b]: c\r\n\r\n`, 'field-name'],
  ['bytes over 127 in a name', `${GET}\xe4: c\r\n\r\n`, 'field-name'],
  ['a NUL in a name', `${GET}A\0: c\r\n\r\n`, 'control-character'],
  ['a vertical tab in a name', `${POST}Transfer-Encoding\x0b: chunked\r\n\r\n`, 'control-character'],
  ['LF behind a field', `${GET}A: b\nB: c\r\n\r\n`, 'bare-lf'],
  ['LF in a name', `${GET}A\nB: c\r\n\r\n`, 'bare-lf'],
  ['LF for the empty line', `${GET}\n`, 'bare-lf'],
  ['CR in a value', `${GET}A: b\rB: c\r\n\r\n`, 'bare-cr'],
  ['two CR', `${GET}A: b\r\r\n\r\n`, 'bare-cr'],
  ['CR for the empty line', `${GET}\rG`, 'bare-cr'],
  ['a NUL in a value', `${GET}A: b\0\r\n\r\n`, 'control-character'],
  ['a DEL in a value', `${GET}A: bcdefgh\x7fijklmnop\r\n\r\n`, 'control-character'],
  ['an escape in a value', `${GET}A: bcdefgh\x1bijklmnop\r\n\r\n`, 'control-character'],
  ['a head of 16,385 bytes', `${GET}A: ${long(16_384)}`, 'head-too-long'],
  ['101 fields', `${GET}${'A: b\r\n'.repeat(100)}\r\n`, 'too-many-fields'],
  ['a connection option that is no name', `${GET}Connection: a b\r\n\r\n`, 'connection-option'],
  ['Connection that names Host', `${GET}Connection: host\r\n\r\n`, 'connection-option'],
  ['Connection that names Content-Length', `${GET}Connection: x, Content-Length\r\n\r\n`, 'connection-option'],
  ['17 connection options', `${GET}Connection: ${'a,'.repeat(17)}\r\n\r\n`, 'too-many-connection-options'],
  ['another expectation', `${POST}Content-Length: 3\r\nExpect: 200-ok\r\n\r\n`, 'expectation'],
];

const FRAMING: readonly Row[] = [
  [
    'CL.TE',
    `${POST}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG`,
    'content-length-and-transfer-encoding',
  ],
  [
    'TE.CL',
    `${POST}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n8\r\n`,
    'content-length-and-transfer-encoding',
  ],
  ['two lengths', `${POST}Content-Length: 3\r\nContent-Length: 4\r\n\r\n`, 'content-length-repeated'],
  ['the same length twice', `${POST}Content-Length: 3\r\nContent-Length: 3\r\n\r\n`, 'content-length-repeated'],
  ['a list of lengths', `${POST}Content-Length: 3, 3\r\n\r\n`, 'content-length'],
  ['no length', `${POST}Content-Length: \r\n\r\n`, 'content-length'],
  ['a length with a plus', `${POST}Content-Length: +3\r\n\r\n`, 'content-length'],
  ['a length with a minus', `${POST}Content-Length: -3\r\n\r\n`, 'content-length'],
  ['a hexadecimal length', `${POST}Content-Length: 0x3\r\n\r\n`, 'content-length'],
  ['a length with a point', `${POST}Content-Length: 3.0\r\n\r\n`, 'content-length'],
  ['a length of 16 digits', `${POST}Content-Length: 1000000000000000\r\n\r\n`, 'content-length'],
  ['a length with a space', `${POST}Content-Length: 1 0\r\n\r\n`, 'content-length'],
  ['TE.TE', `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n`, 'transfer-encoding-repeated'],
  [
    'chunked twice',
    `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'transfer-encoding-repeated',
  ],
  ['a coding like chunked', `${POST}Transfer-Encoding: xchunked\r\n\r\n`, 'transfer-encoding'],
  ['chunked with a parameter', `${POST}Transfer-Encoding: chunked;a=b\r\n\r\n`, 'transfer-encoding'],
  ['chunked in quotes', `${POST}Transfer-Encoding: "chunked"\r\n\r\n`, 'transfer-encoding'],
  ['chunked and a comma', `${POST}Transfer-Encoding: chunked,\r\n\r\n`, 'transfer-encoding'],
  ['a comma and chunked', `${POST}Transfer-Encoding: ,chunked\r\n\r\n`, 'transfer-encoding'],
  ['chunked, chunked', `${POST}Transfer-Encoding: chunked, chunked\r\n\r\n`, 'transfer-encoding'],
  ['chunked and another', `${POST}Transfer-Encoding: chunked, identity\r\n\r\n`, 'transfer-encoding'],
  ['no chunked', `${POST}Transfer-Encoding: gzip\r\n\r\n`, 'transfer-encoding'],
  ['no coding', `${POST}Transfer-Encoding:\r\n\r\n`, 'transfer-encoding'],
  ['chunked behind a vertical tab', `${POST}Transfer-Encoding: \x0bchunked\r\n\r\n`, 'control-character'],
  ['another coding before chunked', `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n`, 'transfer-coding-unsupported'],
  ['chunks of HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', 'transfer-encoding-in-1.0'],
  ['CONNECT with a length', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 0\r\n\r\n', 'connect-content'],
  ['CONNECT in chunks', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nTransfer-Encoding: chunked\r\n\r\n', 'connect-content'],
  ['a length of 1 GiB and a byte', `${POST}Content-Length: 1073741825\r\n\r\n`, 'content-too-long'],
];

const CHUNKS: readonly Row[] = [
  ['no size', `${CHUNKED}\r\n`, 'chunk-size'],
  ['a size with 0x', `${CHUNKED}0x3\r\nabc\r\n`, 'chunk-size'],
  ['a negative size', `${CHUNKED}-3\r\nabc\r\n`, 'chunk-size'],
  ['a size with an underscore', `${CHUNKED}1_0\r\n`, 'chunk-size'],
  ['a space before the size', `${CHUNKED} 3\r\nabc\r\n`, 'chunk-size'],
  ['white space behind the size', `${CHUNKED}3 \r\nabc\r\n`, 'chunk-size'],
  ['two sizes', `${CHUNKED}3 3\r\nabc\r\n`, 'chunk-size'],
  ['a size that LF ends', `${CHUNKED}3\nabc\r\n`, 'bare-lf'],
  ['a size that CR ends', `${CHUNKED}3\rabc\r\n`, 'bare-cr'],
  ['a size of 9 digits', `${CHUNKED}000000003\r\nabc\r\n`, 'chunk-size-too-long'],
  ['a size that overflows 32 bits', `${CHUNKED}100000003\r\nabc\r\n`, 'chunk-size-too-long'],
  ['data that go on', `${CHUNKED}3\r\nabcd\r\n`, 'chunk-end'],
  ['data that LF ends', `${CHUNKED}3\r\nabc\n`, 'chunk-end'],
  ['data that CR ends', `${CHUNKED}3\r\nabc\rd`, 'chunk-end'],
  ['data that are too short', `${CHUNKED}5\r\nabc\r\n0\r\n\r\n`, 'chunk-end'],
  ['an extension without a name', `${CHUNKED}3;\r\nabc\r\n`, 'chunk-extension'],
  ['a NUL in an extension', `${CHUNKED}3;a=\0\r\nabc\r\n`, 'chunk-extension'],
  ['an extension that LF ends', `${CHUNKED}3;a\nabc\r\n0\r\n\r\n`, 'bare-lf'],
  ['an extension that CR ends', `${CHUNKED}3;a\rabc\r\n0\r\n\r\n`, 'bare-cr'],
  ['4,097 bytes of extensions', `${CHUNKED}3;${long(4_096)}`, 'chunk-extensions-too-long'],
  ['a chunk of over 1 GiB', `${CHUNKED}40000001\r\n`, 'content-too-long'],
  ['Content-Length in trailers', `${CHUNKED}0\r\nContent-Length: 3\r\n\r\n`, 'trailer-field'],
  ['Transfer-Encoding in trailers', `${CHUNKED}0\r\nTransfer-Encoding: chunked\r\n\r\n`, 'trailer-field'],
  ['Host in trailers', `${CHUNKED}0\r\nHost: b.test\r\n\r\n`, 'trailer-field'],
  ['folded trailers', `${CHUNKED}0\r\nA: b\r\n c\r\n\r\n`, 'obs-fold'],
  ['LF behind trailers', `${CHUNKED}0\r\nA: b\n\r\n`, 'bare-lf'],
  ['LF behind the last chunk', `${CHUNKED}0\r\n\n`, 'bare-lf'],
  ['8,193 bytes of trailers', `${CHUNKED}0\r\nA: ${long(8_192)}`, 'trailers-too-long'],
];

const RESPONSES: readonly Row[] = [
  ['an empty line first', '\r\nHTTP/1.1 200 OK\r\n\r\n', 'version'],
  ['no HTTP', 'SSH-2.0-OpenSSH\r\n', 'version'],
  ['a version in lower case', 'http/1.1 200 OK\r\n', 'version'],
  ['HTTP/2', 'HTTP/2 200\r\n', 'version-unsupported'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n', 'status-line'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n', 'status-line'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n', 'status-line'],
  ['two spaces', 'HTTP/1.1  200 OK\r\n', 'status-line'],
  ['a NUL in the phrase', 'HTTP/1.1 200 O\0K\r\n', 'control-character'],
  ['LF behind the phrase', 'HTTP/1.1 200 OK\n', 'bare-lf'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n', 'content-length-repeated'],
  [
    'both framings',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
    'content-length-and-transfer-encoding',
  ],
  ['chunks of HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'transfer-encoding-in-1.0'],
  ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', 'transfer-encoding'],
  ['101 without being asked', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', 'switch-unasked'],
  ['33 interim responses', 'HTTP/1.1 103 Hints\r\n\r\n'.repeat(33), 'too-many-interims'],
  ['a second response', 'HTTP/1.1 204 Gone\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', 'unsolicited'],
];

const REQUESTS: readonly Row[] = [...START_LINES, ...TARGETS, ...FIELDS, ...FRAMING, ...CHUNKS];

describe('a request is refused, not repaired', () => {
  it.each(REQUESTS)('%s', (_, text, reason) => {
    const server = serverEnd();
    give(server, text);
    expect(server.told.lines.at(-1)).toBe(`error ${reason} ${REFUSALS[reason].status}`);
    expect(server.connection.wantsClose).toBe(true);
    expect(server.connection.phase).toBe('closed');
    const answer = take(server);
    expect(answer.startsWith(`HTTP/1.1 ${REFUSALS[reason].status} `)).toBe(true);
    expect(answer).toContain('\r\nconnection: close\r\n');
    give(server, `${GET}\r\n`);
    expect(take(server)).toBe('');
  });

  it.each(REQUESTS)('one byte at a time: %s', (_, text, reason) => {
    const server = serverEnd();
    for (const character of text) give(server, character);
    expect(server.told.lines.at(-1)).toBe(`error ${reason} ${REFUSALS[reason].status}`);
  });
});

describe('a response is refused, not repaired', () => {
  it.each(RESPONSES)('%s', (_, text, reason) => {
    const client = clientEnd();
    client.connection.request('GET', '/', ['host', 'a.test'], true);
    give(client, text);
    expect(client.told.lines.at(-1)).toBe(`error ${reason} 502`);
    expect(client.connection.canRequest).toBe(false);
    expect(client.connection.wantsClose).toBe(true);
  });
});

it('every reason of the table is reached, by a row above or in limits.spec.ts', () => {
  const reached = new Set([...REQUESTS, ...RESPONSES].map(([, , reason]) => reason));
  const elsewhere = ['pipelined-too-much'];
  expect(Object.keys(REFUSALS).filter((reason) => !reached.has(reason as RefusalReason))).toEqual(elsewhere);
});

it('says in an error what was wrong, and what to do', () => {
  const error = new Http1MessageError('obs-fold');
  expect(error).toMatchObject({ code: 'HTTP1_MESSAGE', status: 400, kind: 'invalid', reason: 'obs-fold' });
  expect(error.message).toBe(REFUSALS['obs-fold'].why);
});
