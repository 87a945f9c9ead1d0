import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../limits.ts';
import { bytesOf } from './bytes.ts';
import { VALID_REQUESTS, VALID_RESPONSES } from './corpus.ts';
import { clientEnd, serverEnd, take, type ClientEnd, type ServerEnd } from './recorder.ts';

/** Pieces that messages are made of, in no order. */
const PIECES: readonly string[] = [
  ...VALID_REQUESTS,
  ...VALID_RESPONSES,
  ...'\r\n|\n|\r|\r\n\r\n| |\t|:|\0|\xff|0\r\n\r\n|5\r\nhello\r\n|ffffffff\r\n|;x=y|Host: a|Content-Length: 5'.split(
    '|',
  ),
  ...'Transfer-Encoding: chunked|Connection: close, upgrade, x|Upgrade: y|Expect: 100-continue|GET / HTTP/1.1'.split(
    '|',
  ),
  ...'POST / HTTP/1.0|CONNECT a:1 HTTP/1.1|HTTP/1.1 200 OK|HTTP/1.1 101 Switch|HTTP/1.0 100 C'.split('|'),
];

const noise = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((parts) => bytesOf(parts.join(''))),
  fc.uint8Array({ maxLength: 200 }),
);
const step = fc.record({
  input: noise,
  act: fc.constantFrom(
    'none',
    'respond',
    'respond',
    'switch',
    'begin',
    'data',
    'end',
    'write',
    'peer-end',
    'time-out',
    'drain',
    'close',
  ),
});

const CONTENT = new Uint8Array(600);

function actAsServer({ connection }: ServerEnd, act: string): void {
  if (act === 'respond' && connection.canRespond) connection.head(200, [], true);
  else if (act === 'begin' && connection.canRespond) connection.head(200, [], false);
  else if (act === 'switch' && connection.canRespond) connection.interim(100, []);
  else if (act === 'drain') connection.drain();
  else if (!connection.canRespond) actAsBoth(connection, act);
}

function actAsClient({ connection }: ClientEnd, act: string): void {
  if (act === 'respond') connection.request('GET', '/', ['host', 'a'], true);
  else if (act === 'begin') connection.request('POST', '/', ['host', 'a'], false);
  else if (act === 'switch') connection.request('GET', '/', ['host', 'a', 'upgrade', 'y'], true);
  else actAsBoth(connection, act);
}

function actAsBoth(connection: (ServerEnd | ClientEnd)['connection'], act: string): void {
  if (act === 'data') connection.data(CONTENT, 0, CONTENT.length, false);
  else if (act === 'end') connection.end();
  else if (act === 'peer-end') connection.receiveEnd();
  else if (act === 'time-out') connection.timeOut();
  else if (act === 'close') connection.close();
}

/** What must hold whatever a peer does. */
function check(end: ServerEnd | ClientEnd): void {
  const { connection, told } = end;
  expect(told.lines.filter((line) => line.startsWith('error '))).toHaveLength(told.error === undefined ? 0 : 1);
  if (told.error !== undefined) {
    expect([connection.phase, connection.wantsClose]).toEqual(['closed', true]);
    expect(told.lines.at(-1)).toMatch(/^error /);
  }
  expect(connection.output.length).toBeLessThan(DEFAULT_LIMITS.outputBytes * 2);
}

/** @param runs how many, or for how long; the seed of a failure is printed */
export function describeFuzz(runs: fc.Parameters<unknown>, timeoutMs?: number): void {
  describe('whatever comes, whatever is called meanwhile, nothing is thrown', () => {
    it(
      'by a server',
      () => {
        fc.assert(
          fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
            const server = serverEnd();
            for (const { input, act } of steps) {
              if (server.connection.wantsRead) server.connection.receive(input, 0, input.length, 0);
              actAsServer(server, act);
              if (act === 'write') take(server);
              check(server);
            }
          }),
          runs,
        );
      },
      timeoutMs,
    );

    it(
      'by a client',
      () => {
        fc.assert(
          fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
            const client = clientEnd();
            for (const { input, act } of steps) {
              actAsClient(client, act);
              client.connection.receive(input, 0, input.length, 0);
              if (act === 'write') take(client);
              check(client);
            }
          }),
          runs,
        );
      },
      timeoutMs,
    );
  });
}
