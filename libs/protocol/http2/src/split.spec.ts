import fc from 'fast-check';
import { endpoint, GET, POST, settle, take, type Endpoint } from './testing/recorder.ts';
import type { StreamId } from './events.ts';

/** A conversation of a client, as the bytes that it sends. */
function conversation(
  choices: readonly { readonly content: number; readonly fields: readonly string[]; readonly reset: boolean }[],
): Uint8Array {
  const client = endpoint('client');
  const parts: Uint8Array[] = [take(client)];
  for (const { content, fields, reset } of choices) {
    const values = fields.flatMap((value, index) => [`x-${index}`, value]);
    const stream = client.connection.open([...(content > 0 ? POST : GET), ...values], content === 0, 'mine');
    if (stream === undefined) continue;
    const bytes = new Uint8Array(content).fill(98);
    if (content > 0) {
      client.connection.data(stream, bytes, 0, content, false);
      if (reset) client.connection.reset(stream, 8);
      else client.connection.trailers(stream, ['sum', String(content)]);
    }
    parts.push(take(client));
  }
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function fed(bytes: Uint8Array, cuts: readonly number[]): Endpoint {
  const server = endpoint('server');
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    server.connection.receive(bytes, from, end, 0);
    from = end;
  }
  return server;
}

const choice = fc.record({
  content: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3_000 })),
  fields: fc.array(
    fc.string({ unit: fc.constantFrom('a', 'Z', '0', '-', '_', '/', '?', '=', '%', '~', '\u00e9'), maxLength: 40 }),
    {
      maxLength: 4,
    },
  ),
  reset: fc.boolean(),
});

/** Longer when asked for; the seed of a failure is printed. */
const runs = Number(process.env.PORTOLAN_FUZZ_RUNS ?? '150');

describe('any split of the same bytes', () => {
  it('tells the same, content and output too', () => {
    fc.assert(
      fc.property(
        fc.array(choice, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (choices, cuts) => {
          const bytes = conversation(choices);
          const whole = fed(bytes, []);
          const split = fed(bytes, cuts);
          expect(split.told.lines).toEqual(whole.told.lines);
          expect([...split.told.content]).toEqual([...whole.told.content]);
          expect(whole.told.error).toBeUndefined();
          expect(Buffer.from(take(split)).equals(Buffer.from(take(whole)))).toBe(true);
        },
      ),
      { numRuns: runs },
    );
  });

  it('tells the same one byte at a time', () => {
    const bytes = conversation([
      { content: 300, fields: ['a', 'b'], reset: false },
      { content: 0, fields: [], reset: false },
    ]);
    const single = fed(bytes, [...bytes.keys()]);
    expect(single.told.lines).toEqual(fed(bytes, []).told.lines);
    expect(single.told.lines).toContain('end 1 sum=300');
  });
});

describe('bytes that were changed, cut out or put in', () => {
  const damage = fc.array(
    fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), how: fc.constantFrom('set', 'drop', 'insert') }),
    { minLength: 1, maxLength: 8 },
  );

  it('end in events or a connection error, never in an exception; each stream is closed once', () => {
    fc.assert(
      fc.property(
        fc.array(choice, { minLength: 1, maxLength: 5 }),
        damage,
        fc.array(fc.nat(), { maxLength: 10 }),
        (choices, damages, cuts) => {
          const bytes = [...conversation(choices)];
          for (const { at, byte, how } of damages) {
            const index = 24 + (at % Math.max(1, bytes.length - 24));
            if (how === 'set') bytes[index] = byte;
            else if (how === 'drop') bytes.splice(index, 1);
            else bytes.splice(index, 0, byte);
          }
          const server = fed(Uint8Array.from(bytes), cuts);
          server.connection.close();
          const ids = (kind: string): string[] =>
            server.told.lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.split(' ')[1] ?? '');
          expect(new Set(ids('close')).size).toBe(ids('close').length);
          expect(ids('close').toSorted()).toEqual(ids('head').toSorted());
          expect(server.connection.output.bytes.length).toBeLessThan(100_000);
        },
      ),
      { numRuns: runs * 4 },
    );
  });

  it('leave other connections of the process alone', () => {
    const client = endpoint('client');
    const server = endpoint('server');
    fed(Uint8Array.from(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n garbage')), []);
    client.connection.open(GET, true, 'mine');
    settle(client, server);
    server.connection.head(1 as StreamId, [':status', '200'], true);
    settle(client, server);
    expect(client.told.lines.at(-1)).toBe('close 1 NO_ERROR');
  });
});
