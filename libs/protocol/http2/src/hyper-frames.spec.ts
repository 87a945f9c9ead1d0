import type { StreamId } from './events.ts';
import { ClientScript, type Step } from './testing/client-script.ts';
import { DIFFERENCES } from './testing/hyper-differences.ts';
import { describeWithHyper, startHyperPeer, type HyperPeer } from './testing/hyper-peer.ts';
import { endpoint, take, type Endpoint } from './testing/recorder.ts';
import { Seeded } from './testing/seeded.ts';
import { frame, framesOf, PREFACE, SETTINGS_ACK, WHOLE } from './testing/wire.ts';

/** As h2 has them by default. */
const LIMITS = {
  streamWindowBytes: 65_535,
  connectionWindowBytes: 65_535,
  concurrentStreams: 100,
  fieldSectionBytes: 65_536,
  headerBlockBytes: 65_536,
};

const wordOf = (step: Step): string =>
  step.kind === 'bytes' ? Buffer.from(step.bytes).toString('hex') : `${step.kind}:${step.stream}`;

/** What our server makes of a step, in the words of `hyper-peer.py`. */
function verdict(server: Endpoint, step: Step): string {
  const { connection, told } = server;
  if (step.kind === 'reset') connection.reset(step.stream as StreamId, 8);
  else if (step.kind === 'respond') connection.head(step.stream as StreamId, [':status', '200'], true);
  else {
    connection.receive(Uint8Array.from(step.bytes), 0, step.bytes.length, 0);
    const frames = framesOf([...take(server)]);
    if (told.error !== undefined)
      return `connection:${told.error.errorCode}:${told.error.message.replaceAll(' ', '_')}`;
    const [, stream = '', , code = ''] = frames.find((frame) => frame.startsWith('RST '))?.split(' ') ?? [];
    return stream === '' ? 'ok' : `stream:${stream}:${Number.parseInt(code, 16)}`;
  }
  take(server);
  return 'ok';
}

const classOf = (word: string): string =>
  word
    .split(':')
    .slice(0, word.startsWith('stream') ? 3 : 2)
    .join(':');

/** The types of a step's frames, then their payloads. */
function textOf(step: Step): string {
  if (step.kind !== 'bytes') return step.kind;
  const frames = framesOf(step.bytes).map((frame) => frame.split(' '));
  return `${frames.map(([type]) => type).join('+')} ${frames.map(([, , , payload = '']) => payload).join('')}`;
}

/** What one script showed. */
interface Comparison {
  /** What both said of its steps, without the number of the stream. */
  readonly alike: readonly string[];
  /** Why they parted, if they did: nothing can be compared after that. */
  readonly because?: string;
  readonly unexplained?: string;
}

function compare(seed: number, steps: readonly Step[], theirs: readonly string[]): Comparison {
  const server = endpoint('server', { limits: LIMITS });
  const alike: string[] = [];
  for (const [index, their] of theirs.entries()) {
    const step = steps[index];
    if (step === undefined) break;
    const our = verdict(server, step);
    if (classOf(our) === classOf(their)) {
      alike.push(classOf(our).replace(/^stream:\d+/, 'stream'));
      if (our.startsWith('connection')) break;
      continue;
    }
    const text = textOf(step);
    const known = DIFFERENCES.find(
      (one) => one.ours.test(our) && one.theirs.test(their) && (one.step?.test(text) ?? true),
    );
    if (known !== undefined) return { alike, because: known.because };
    return { alike, unexplained: `seed ${seed}, step ${index}: ${text}\n  ours ${our}\n  theirs ${their}` };
  }
  return { alike };
}

/** What no seed of these comes to: a CONTINUATION on a stream that h2 has forgotten. */
const SELDOM: readonly Step[] = [
  { kind: 'bytes', bytes: [...PREFACE, ...SETTINGS_ACK, ...frame(1, 5, 1, WHOLE)] },
  { kind: 'reset', stream: 1 },
  { kind: 'bytes', bytes: frame(1, 5, 3, WHOLE) },
  { kind: 'bytes', bytes: frame(9, 4, 1) },
];
const [VALID, CHANGED] = [80, 2_000];

describeWithHyper('frames beside h2 of Python', () => {
  let peer: HyperPeer;
  beforeAll(() => {
    peer = startHyperPeer();
  });
  afterAll(async () => {
    await peer[Symbol.asyncDispose]();
  });

  it('are all taken when a client does nothing wrong', async () => {
    let taken = 0;
    for (let seed = 1; seed <= VALID; seed += 1) {
      const steps = new ClientScript(new Seeded(seed)).steps(25, 0);
      const server = endpoint('server', { limits: LIMITS });
      expect({ seed, ours: steps.map((step) => verdict(server, step)) }).toEqual({ seed, ours: steps.map(() => 'ok') });
      const { alike, unexplained } = compare(seed, steps, await peer.ask('serve', steps.map(wordOf)));
      expect(unexplained).toBeUndefined();
      taken += alike.length;
    }
    expect(taken).toBeGreaterThan(VALID * 10);
  });

  it('are refused alike, or for a reason', async () => {
    const reasons = new Set<string>();
    const alike = new Set<string>();
    const unexplained: string[] = [];
    for (let seed = 0; seed <= CHANGED; seed += 1) {
      const steps = seed === 0 ? SELDOM : new ClientScript(new Seeded(seed)).steps(20, 5);
      const seen = compare(seed, steps, await peer.ask('serve', steps.map(wordOf)));
      for (const what of seen.alike) alike.add(what);
      if (seen.because !== undefined) reasons.add(seen.because);
      if (seen.unexplained !== undefined) unexplained.push(seen.unexplained);
    }
    expect(unexplained.join('\n')).toBe('');
    expect(DIFFERENCES.map(({ because }) => because).filter((because) => !reasons.has(because))).toEqual([]);
    const kinds = ['connection:1', 'connection:3', 'connection:5', 'connection:6', 'ok', 'stream:3', 'stream:5'];
    expect([...alike]).toEqual(expect.arrayContaining(kinds));
  });
});
