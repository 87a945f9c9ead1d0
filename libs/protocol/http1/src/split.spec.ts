import fc from 'fast-check';
import { textOf } from './testing/bytes.ts';
import { VALID_REQUESTS, VALID_RESPONSES } from './testing/corpus.ts';
import { clientEnd, echoEnd, give, settle, serverEnd, take, type ClientEnd } from './testing/recorder.ts';

/** Longer when asked for; the seed of a failure is printed. */
const numRuns = Number(process.env.PORTOLAN_FUZZ_ITERATIONS ?? '150');

function pieces(text: string, cuts: readonly number[]): readonly string[] {
  const ends = [...new Set([...cuts.map((cut) => cut % (text.length + 1)), text.length])].sort((a, b) => a - b);
  return ends.map((end, index) => text.slice(index === 0 ? 0 : ends[index - 1], end));
}

/** What a server tells and answers when it reads these pieces. */
function served(parts: readonly string[]): readonly string[] {
  const server = echoEnd();
  let written = '';
  for (const part of parts) {
    give(server, part);
    written += take(server);
  }
  return [...server.told.lines, written, server.connection.phase];
}

function asked(): ClientEnd {
  const client = clientEnd();
  const ask = (): void => {
    client.connection.request('GET', '/', ['host', 'a'], true);
  };
  client.told.onWhole = ask;
  client.told.onHead = (_, endStream): void => {
    if (endStream) ask();
  };
  ask();
  return client;
}

const cuts = fc.array(fc.nat(), { maxLength: 30 });

describe('any cut of the same bytes tells the same', () => {
  it('to a server', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...VALID_REQUESTS), { minLength: 1, maxLength: 5 }),
        cuts,
        (requests, at) => {
          const text = requests.join('');
          const whole = served([text]);
          expect(whole.filter((line) => line.startsWith('request '))).toHaveLength(requests.length);
          expect(served(pieces(text, at))).toEqual(whole);
        },
      ),
      { numRuns },
    );
  });

  it('to a server, also when the bytes are damaged', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...VALID_REQUESTS), { minLength: 1, maxLength: 3 }),
        fc.nat(),
        fc.constantFrom('\r', '\n', '\0', ' ', '\t', ':', '\xff', ';', '0', 'a', ''),
        fc.boolean(),
        cuts,
        (requests, at, damage, replaces, where) => {
          const text = requests.join('');
          const index = at % text.length;
          const damaged = text.slice(0, index) + damage + text.slice(index + (replaces ? 1 : 0));
          expect(served(pieces(damaged, where))).toEqual(served([damaged]));
        },
      ),
      { numRuns: numRuns * 4 },
    );
  });

  it('to a client', () => {
    fc.assert(
      fc.property(fc.constantFrom(...VALID_RESPONSES), cuts, (response, at) => {
        const whole = asked();
        give(whole, response);
        expect(whole.told.error).toBeUndefined();
        expect(whole.connection.phase).toBe('waiting');
        const split = asked();
        for (const part of pieces(response, at)) give(split, part);
        expect(split.told.lines).toEqual(whole.told.lines);
      }),
      { numRuns },
    );
  });

  it('one byte at a time', () => {
    const text = VALID_REQUESTS.join('');
    expect(
      served(
        pieces(
          text,
          Array.from(text, (_, index) => index),
        ),
      ),
    ).toEqual(served([text]));
  });
});

describe('what one side writes the other reads', () => {
  const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/).map((text) => `x-${text}`);
  const value = fc
    .string({
      unit: fc
        .integer({ min: 0x20, max: 0xff })
        .filter((byte) => byte !== 0x7f)
        .map((byte) => String.fromCharCode(byte)),
      maxLength: 30,
    })
    .map((text) => text.replaceAll(/^[ \t]+|[ \t]+$/g, ''));
  const fields = fc.array(fc.tuple(name, value), { maxLength: 8 }).map((pairs) => pairs.flat());
  const content = fc.array(fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0', '\0', '\xff'), maxLength: 50 }), {
    maxLength: 5,
  });
  const method = fc.constantFrom('GET', 'POST', 'PATCH', 'M-SEARCH');
  const target = fc.stringMatching(/^\/[!-"$-~]{0,20}$/);

  it('of a request and its response, with or without a length, with trailers', () => {
    fc.assert(
      fc.property(
        method,
        target,
        fields,
        content,
        fc.boolean(),
        fields,
        (verb, path, head, parts, knowsLength, tail) => {
          const [server, client] = [serverEnd(), clientEnd()];
          const text = parts.join('');
          const length = knowsLength ? ['content-length', String(text.length)] : [];
          let read = '';
          let heads: string[] = [];
          let trailers: string[] = [];
          server.told.onHead = (got): void => {
            heads = [got.method, got.target];
            for (let index = 0; index < got.size; index += 1) heads.push(got.name(index), got.value(index));
          };
          server.told.onBytes = (bytes, start, end): void => {
            read += textOf(bytes.subarray(start, end));
          };
          server.told.onWhole = (got): void => {
            for (let index = 0; index < (got?.size ?? 0); index += 1)
              trailers.push(got?.name(index) ?? '', got?.value(index) ?? '');
          };
          client.connection.request(verb, path, ['host', 'a', ...head, ...length], false);
          for (const part of parts) client.connection.data(Buffer.from(part, 'latin1'), 0, part.length, false);
          client.connection.trailers(tail);
          settle(client, server);
          expect(server.told.error).toBeUndefined();
          const framing = knowsLength ? length : ['transfer-encoding', 'chunked'];
          expect(heads).toEqual([verb, path, 'host', 'a', ...head, ...framing]);
          expect(read).toBe(text);
          expect(trailers).toEqual(knowsLength ? [] : tail);
          trailers = [];
          server.connection.head(200, head, false);
          server.connection.trailers(tail);
          settle(client, server);
          expect(client.connection.canRequest).toBe(true);
        },
      ),
      { numRuns },
    );
  });
});
