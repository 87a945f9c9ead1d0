import { readingProgress } from './reading-progress.ts';

const MIB = 1_048_576;

it.each([
  { isTTY: true, shown: '\r\u001b[Kreading 1.wal, 64 MiB so far\r\u001b[Kreading 2.wal, 130 MiB so far\r\u001b[K' },
  { isTTY: false, shown: '' },
])('says how far it is on a terminal alone: $isTTY', ({ isTTY, shown }) => {
  let text = '';
  const progress = readingProgress({ isTTY, write: (more: string) => (text += more) });
  progress.read('/data/wal/1.wal', 63 * MIB);
  progress.read('/data/wal/1.wal', MIB);
  progress.read('/data/wal/2.wal', 63 * MIB);
  progress.read('/data/wal/2.wal', 3 * MIB);
  progress.end();
  expect(text).toBe(shown);
});

it('says nothing of what is read at once', () => {
  let text = '';
  const progress = readingProgress({ isTTY: true, write: (more: string) => (text += more) });
  progress.read('/data/wal/1.wal', MIB);
  progress.end();
  expect(text).toBe('');
});
