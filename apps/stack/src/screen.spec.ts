import picocolors from 'picocolors';
import type { Level } from './log-entry.ts';
import { createScreen, type Screen } from './screen.ts';

let written: string;
const screen = (format: 'text' | 'json' = 'text', level: Level = 'info', colourful = false): Screen => {
  written = '';
  const write = (text: string): void => {
    written += text;
  };
  return createScreen({ write, colors: picocolors.createColors(colourful), format, level, nameWidth: 8 });
};

const ENTRY = { level: 'warn', time: '2026-01-02T03:04:05.678Z', app: 'gateway', module: 'http', msg: 'slow', ms: 12 };

it('puts the name of its process before each line', () => {
  screen().line('gateway', JSON.stringify(ENTRY));
  expect(written).toBe('gateway  │ 03:04:05.678 warn  http: slow ms=12\n');
});

it('shows what an error means and what to do, and no stack where there is a fix', () => {
  const err = { message: 'port 8080 is in use', stack: 'Error: port 8080 is in use\n    at listen' };
  screen().line('stack', JSON.stringify({ level: 'fatal', msg: 'stack failed', err, fix: 'use another' }));
  expect(written.split('\n')).toEqual([
    'stack    │ fatal stack failed',
    'stack    │ port 8080 is in use',
    'stack    │ → use another',
    '',
  ]);
  screen().line('stack', JSON.stringify({ level: 'error', msg: 'broke', err }));
  expect(written).toContain('    at listen');
});

it('leaves out what is less severe than asked for, never what is no log line', () => {
  const quiet = screen('text', 'error');
  quiet.line('gateway', JSON.stringify(ENTRY));
  quiet.line('gateway', 'TypeError: oops');
  quiet.line('gateway', '{"half": ');
  expect(written).toBe('gateway  │ TypeError: oops\ngateway  │ {"half": \n');
});

it('gives instances of one service the same colour, and different services different ones', () => {
  const colourful = screen('text', 'info', true);
  for (const name of ['reviews-1', 'reviews-2', 'orders-1']) colourful.line(name, 'x');
  const escape = String.fromCharCode(27);
  const colours = written.split('\n').map((line) => line.slice(0, line.indexOf('m')).replace(escape, ''));
  expect(colours[0]).toBe(colours[1]);
  expect(colours[0]).not.toBe(colours[2]);
});

it('passes JSON through for programs, and makes JSON of the rest', () => {
  const json = screen('json');
  json.line('gateway', JSON.stringify(ENTRY));
  json.line('gateway', 'TypeError: oops');
  json.say('hello');
  expect(
    written
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  ).toEqual([ENTRY, { level: 'info', app: 'gateway', msg: 'TypeError: oops' }]);
});
