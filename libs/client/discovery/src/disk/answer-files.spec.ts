import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epochMillis } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import type { SavedAnswer } from '../known/known-items.ts';
import { whichEndpoints } from '../known/questions.ts';
import { recordedLog, type RecordedLog } from '../testing/recorded-log.ts';
import { AnswerFiles, GATHER_MS, REFRESH_MS, type AnswerFile } from './answer-files.ts';

type Endpoint = SavedAnswer<unknown>['answer']['items'][number];
const question = whichEndpoints({ service: 'orders' });
const PATH = 'endpoints,orders,grpc.json';

interface Opened extends AsyncDisposable {
  readonly folder: string;
  readonly clock: VirtualClock;
  readonly log: RecordedLog;
  readonly files: AnswerFiles;
}

async function open(below = ''): Promise<Opened> {
  const parent = await mkdtemp(join(tmpdir(), 'discovery-'));
  const folder = join(parent, below);
  const clock = new VirtualClock();
  const log = recordedLog();
  const files = new AnswerFiles({ folder, clock, logger: log.logger });
  return {
    folder,
    clock,
    log,
    files,
    [Symbol.asyncDispose]: async () => {
      await files[Symbol.asyncDispose]();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

function file(toSave: () => SavedAnswer<never> | undefined): AnswerFile<Endpoint> {
  return { name: question.fileName ?? '', subject: question.key, items: question.items, toSave };
}

const saved = (revision: number): SavedAnswer<never> => ({
  answer: { items: [], revision, incarnation: 'a' },
  savedAt: epochMillis(1_000 + revision),
});

describe('the copy on disk', () => {
  it('is written once for many changes, in a folder it makes, and read again', async () => {
    await using opened = await open('deep/below');
    let reads = 0;
    const orders = file(() => saved((reads += 1)));
    for (let change = 0; change < 5; change += 1) opened.files.changed(orders);
    await opened.clock.advance(GATHER_MS);
    await opened.files[Symbol.asyncDispose]();
    expect(reads).toBe(2);
    expect(await readdir(opened.folder)).toEqual([PATH]);
    await expect(opened.files.read(orders)).resolves.toEqual(saved(2));
  });

  it('is written at the end, however short the life was, and now and then while nothing changes', async () => {
    await using opened = await open();
    let reads = 0;
    const orders = file(() => saved((reads += 1)));
    opened.files.changed(orders);
    await opened.clock.advance(REFRESH_MS);
    await opened.files[Symbol.asyncDispose]();
    expect(reads).toBe(3);
    expect(JSON.parse(await readFile(join(opened.folder, PATH), 'utf8'))).toMatchObject({ savedAt: 1_003 });
  });

  it('is nothing when there is none: no word in the log', async () => {
    await using opened = await open('never');
    await expect(opened.files.read(file(() => undefined))).resolves.toBeUndefined();
    expect(opened.log.at('warn')).toEqual([]);
  });

  const whole = { format: 'portolan-discovery/1', subject: question.key, savedAt: 1, incarnation: 'a', revision: 1 };
  const item = { id: '1', service: 'orders', address: '127.0.0.1:1', weight: 100, metadata: {} };
  it.each([
    ['empty', ''],
    ['cut in the middle', '{"format":"portolan-disc'],
    ['no object', '7'],
    ['of another version', JSON.stringify({ ...whole, format: 'portolan-discovery/2', items: [item] })],
    ['about another service', JSON.stringify({ ...whole, subject: 'other', items: [item] })],
    ['without a port', JSON.stringify({ ...whole, items: [{ ...item, address: 'nowhere' }] })],
    ['from before time', JSON.stringify({ ...whole, savedAt: -1, items: [item] })],
  ])('is ignored, and said so, when it is %s', async (_what, text) => {
    await using opened = await open();
    await writeFile(join(opened.folder, PATH), text);
    await expect(opened.files.read(file(() => undefined))).resolves.toBeUndefined();
    expect(opened.log.at('warn')).toEqual(['a file of what was known is of no use; going on without']);
  });

  it('that cannot be written costs one warning, not one a write', async () => {
    await using opened = await open();
    const blocked = join(opened.folder, 'blocked');
    await writeFile(blocked, 'a file where a folder should be');
    await chmod(blocked, 0o400);
    const files = new AnswerFiles({ folder: blocked, clock: opened.clock, logger: opened.log.logger });
    const orders = file(() => saved(1));
    files.changed(orders);
    await opened.clock.advance(GATHER_MS);
    files.changed(orders);
    await opened.clock.advance(GATHER_MS);
    await files[Symbol.asyncDispose]();
    expect(opened.log.at('warn')).toEqual([
      'cannot keep what is known on disk: a start without the registry would know nothing',
    ]);
  });
});
