import { atLeast, readableLine } from './log-entry.ts';

it.each([
  ['TypeError: oops', 'TypeError: oops'],
  ['{"half":', '{"half":'],
  ['{"level":"info","msg":"listening","port":1}', 'info listening'],
  [
    '{"level":"fatal","msg":"gateway failed","err":{"message":"port 1 is in use"},"fix":"use another"}',
    'fatal gateway failed: port 1 is in use → use another',
  ],
  [
    '{"level":"fatal","msg":"gateway: port 1 is in use","err":{"message":"port 1 is in use"}}',
    'fatal gateway: port 1 is in use',
  ],
])('%s reads as %s', (line, readable) => {
  expect(readableLine(line)).toBe(readable);
});

it.each([
  ['warn', 'info', true],
  ['info', 'info', true],
  ['debug', 'info', false],
] as const)('%s is at least %s: %s', (level, least, expected) => {
  expect(atLeast(level, least)).toBe(expected);
});
