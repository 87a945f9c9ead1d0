import fc from 'fast-check';
import { VALID_REQUESTS, VALID_RESPONSES } from './testing/corpus.ts';
import { nodeAsks, nodeServes, weAsk, weServe, type Reading } from './testing/reading.ts';
import { REFUSED_REQUESTS, REFUSED_RESPONSES } from './testing/refused.ts';

/** Against llhttp, as `node:http` has it: the same bytes to both. Where the two differ a row says why; a difference without a row fails, and so does a row without one. */
type Difference = readonly [why: string, ...whats: string[]];

/** What we refuse, and llhttp reads or waits for more of. */
const STRICTER_REQUESTS: readonly Difference[] = [
  [
    'it skips any number of empty lines, of LF or CR alone too; one of CRLF is what RFC 9112, section 2.2, asks for',
    'two empty lines first',
    'an empty line that is LF alone',
    'an empty line that is CR alone',
  ],
  ['it takes several spaces for one; section 3 says one', 'two spaces', 'two spaces before the version'],
  ['it knows HTTP/0.9, which RFC 9112 does not', 'HTTP/0.9', 'HTTP/0.9 with LF'],
  ['it knows other protocols that look like HTTP', 'another protocol'],
  [
    'it takes for a target whatever has no space; we ask for one of the four forms, that of the method (section 3.2)',
    'a fragment',
    'an asterisk with GET',
    'an asterisk and more',
    'a path with CONNECT',
    'CONNECT without a port',
    'CONNECT with an empty port',
    'CONNECT with a port that is none',
    'CONNECT without a host',
    'CONNECT with a path behind',
    'CONNECT with a URI',
    'a URI without authority',
    'a URI with a user',
    'a URI with a broken address',
    'a URI whose port is too long',
  ],
  [
    'it does not look at Host but whether it is there; two of them, or another one than that of the target, route to two places',
    'a URI of another host',
    'two Hosts',
    'the same Host twice',
    'two Hosts of HTTP/1.0',
    'a Host that is a list',
    'a Host with a path',
    'a Host with a user',
    'a Host with a broken port',
    'a Host that is a port',
    'a Host with broken encoding',
  ],
  [
    'it looks for the options that it knows; a proxy drops what Connection names, and must not drop these',
    'a connection option that is no name',
    'Connection that names Host',
    'Connection that names Content-Length',
  ],
  [
    'it asks that chunked is last; we, that it is all: who else is on the way may know no other coding, or no empty one',
    'a comma and chunked',
    'another coding before chunked',
  ],
  [
    'a tab beside a value is none of it; llhttp itself forgets that behind chunked, so we want none beside what frames a message',
    'chunked behind a tab',
    'a length before a tab',
  ],
  ['it takes an extension without name or value', 'two semicolons', 'an extension without its value'],
  ['it frames HTTP/1.0 by chunks; who else is on the way does not (section 6.1)', 'chunks of HTTP/1.0'],
  [
    'it ignores that CONNECT has no content; then the tunnel may begin elsewhere',
    'CONNECT with a length',
    'CONNECT in chunks',
  ],
  ['it gives trailers as they are; whoever merges this one into the head routes elsewhere', 'Host in trailers'],
  ['it counts with 64 bits, and our numbers are exact up to 2^53', 'a length of 16 digits'],
  [
    'our limits are other ones; those of node:http are 2,000 fields, 16 KiB of head, and extensions, and content of any length',
    'a target of 8,193 bytes',
    '101 fields',
    '17 connection options',
    'a length of 1 GiB and a byte',
    'a size of 9 digits',
    'a size that overflows 32 bits',
    '4,097 bytes of extensions',
    'a chunk of over 1 GiB',
    '8,193 bytes of trailers',
  ],
];

const STRICTER_RESPONSES: readonly Difference[] = [
  ['it skips empty lines before a status line, which RFC 9112 knows none of', 'an empty line first'],
  ['it takes any three digits for a status', 'a status below 100'],
  ['it does not look at the phrase', 'a NUL in the phrase'],
  ['it frames HTTP/1.0 by chunks; who else is on the way does not (section 6.1)', 'chunks of HTTP/1.0'],
  ['it reads other codings up to the end of the connection; we would not know what the content is', 'another coding'],
  ['node:http closes the socket of a switch that nobody listens for', '101 without being asked'],
  ['it takes any number of interim responses', '33 interim responses'],
  ['node:http destroys the socket after the first response, or ignores what follows', 'a second response'],
];

/** What we read, and llhttp refuses: why, and with what code. */
const LAXER: ReadonlyMap<string, string> = new Map([
  ['HPE_INVALID_METHOD', 'it knows a list of methods; any token is one (RFC 9110, section 9.1)'],
  ['HPE_INVALID_URL', 'it knows schemes of letters alone; digits are some of theirs (RFC 3986, section 3.1)'],
  [
    'HPE_INVALID_TRANSFER_ENCODING',
    'a tab behind chunked is white space, and none of the value (RFC 9112, section 5.1)',
  ],
  ['HPE_INVALID_CHUNK_SIZE', 'white space before a chunk extension is bad, but allowed (RFC 9112, section 7.1.1)'],
  ['HPE_STRICT', 'and so it is within one'],
  [
    'HPE_CLOSED_CONNECTION',
    'bytes behind the last message of a connection that closes: we drop them, it calls them an error',
  ],
]);

const isExplained = ({ refusal }: Reading): boolean => refusal !== undefined && LAXER.has(refusal);
const isRead = (reading: Reading): boolean => reading.refusal === undefined;
const listed = (differences: readonly Difference[]): readonly string[] =>
  differences.flatMap(([, ...whats]) => whats).sort();

/** Start lines alone get the rest of a head, so that nobody waits for it. */
function completed(text: string): string {
  if (text.includes('\r\n\r\n')) return text;
  return `${text}${text.endsWith('\n') ? '' : ' HTTP/1.1\r\n'}Host: a.test\r\n\r\n`;
}

describe('what we refuse llhttp refuses too, or a row says why not', () => {
  it('as a server', async () => {
    const differing: string[] = [];
    for (const [what, text] of REFUSED_REQUESTS) if (isRead(await nodeServes(completed(text)))) differing.push(what);
    expect(differing.sort()).toEqual(listed(STRICTER_REQUESTS));
  });

  it('as a client', async () => {
    const differing: string[] = [];
    for (const [what, text] of REFUSED_RESPONSES) if (isRead(await nodeAsks('GET', text))) differing.push(what);
    expect(differing.sort()).toEqual(listed(STRICTER_RESPONSES));
  });
});

describe('what we read llhttp reads as the same messages', () => {
  it.each(VALID_REQUESTS)('%j', async (text) => {
    const ours = weServe(text);
    expect(ours.messages).toHaveLength(1);
    expect(await nodeServes(text)).toEqual(ours);
  });

  it.each(VALID_RESPONSES)('%j', async (text) => {
    const ours = weAsk('GET', text);
    expect(ours.messages).toHaveLength(1);
    expect(await nodeAsks('GET', text)).toEqual(ours);
  });

  it('in a row on one connection', async () => {
    const text = VALID_REQUESTS.join('');
    const ours = weServe(text);
    expect(ours.messages).toHaveLength(VALID_REQUESTS.length);
    expect(await nodeServes(text)).toEqual(ours);
  });

  const numRuns = Number(process.env.PORTOLAN_FUZZ_ITERATIONS ?? '300');
  const damage = fc.record({
    at: fc.nat(),
    text: fc.constantFrom('\r', '\n', '\r\n', '\0', ' ', '\t', ':', ',', ';', '0', '5', 'a', 'Z', '\x7f', '\xff', ''),
    replaces: fc.boolean(),
  });
  const damaged = (text: string, damages: readonly { at: number; text: string; replaces: boolean }[]): string =>
    damages.reduce((whole, { at, text: piece, replaces }) => {
      const index = at % whole.length;
      return whole.slice(0, index) + piece + whole.slice(index + (replaces ? 1 : 0));
    }, text);

  it('also when bytes are changed, put in or left out: never another message than it', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...VALID_REQUESTS), { minLength: 1, maxLength: 3 }),
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        async (requests, damages) => {
          const text = damaged(requests.join(''), damages);
          const ours = weServe(text);
          const theirs = await nodeServes(text);
          if (isExplained(theirs)) return;
          // Both refuse; node:http then does not tell what was whole before.
          if (!isRead(ours) && !isRead(theirs)) return;
          read += ours.messages.length;
          expect(theirs.messages.slice(0, ours.messages.length)).toEqual(ours.messages);
          if (isRead(ours)) expect(theirs).toEqual(ours);
        },
      ),
      { numRuns },
    );
    expect(read).toBeGreaterThan(numRuns / 10);
  });

  it('also of responses', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...VALID_RESPONSES),
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        async (response, damages) => {
          const text = damaged(response, damages);
          const ours = weAsk('GET', text);
          if (!isRead(ours)) return;
          const theirs = await nodeAsks('GET', text);
          if (!isExplained(theirs)) expect(theirs).toEqual(ours);
        },
      ),
      { numRuns },
    );
  });
});
