import { Http1FieldError } from '../connection-error.ts';
import { Http1Server } from '../server.ts';
import { bytesOf, shown } from './bytes.ts';
import { clientEnd, give, serverEnd, take, type ClientEnd, type ServerEnd } from './recorder.ts';

/** One scene of a file: what it shows, commands, and what came of them. */
export interface Scene {
  readonly title: string;
  readonly commands: readonly string[];
  readonly expected: readonly string[];
}

/** Scenes are separated by empty lines: `# title`, commands, `----`, output. */
export function scenesOf(text: string): readonly Scene[] {
  return text
    .split(/\n\n+/)
    .filter((block) => block.includes('----'))
    .map((block) => {
      const [script = '', output = ''] = block.split(/^----$/m);
      const lines = script.split('\n').filter((line) => line !== '');
      const title = lines.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim());
      return {
        title: title.join(' '),
        commands: lines.filter((line) => !line.startsWith('#')),
        expected: output.split('\n').filter((line) => line !== ''),
      };
    });
}

export function formatScene({ title, commands }: Scene, output: readonly string[]): string {
  return [`# ${title}`, ...commands, '----', ...output].join('\n');
}

/**
 * Plays commands on one connection; each line of output is an event, `> ` and what is written, or `= ` and the phase when it changed.
 * - `server limit=n…`, `client limit=n…`: the connection
 * - `give text`, `peer-end`: what the socket reads, with `\r\n` and the like as in JSON
 * - `request METHOD target name:value… [end]`, `head status name:value… [end]`, `interim status name:value…`
 * - `data text [end]`, `end`, `trailers name:value…`, `drain`, `close`, `time-out`
 */
export function play(commands: readonly string[]): string[] {
  const [first = '', ...rest] = commands;
  const [role = '', ...settings] = first.split(' ');
  const limits: Record<string, number> = {};
  for (const setting of settings) {
    const [name = '', value] = setting.split('=');
    limits[name] = Number(value);
  }
  const end = role === 'server' ? serverEnd({ limits }) : clientEnd({ limits });
  const output: string[] = [];
  let phase: string = end.connection.phase;
  for (const command of rest) {
    const trouble = perform(end, command);
    const written = take(end);
    output.push(...end.told.lines.splice(0));
    if (trouble !== undefined) output.push(trouble);
    if (written !== '') output.push(`> ${shown(written)}`);
    const { connection } = end;
    const now = `${connection.phase}${connection.wantsClose ? ', wants to close' : ''}`;
    if (now !== phase) output.push(`= ${now}`);
    phase = now;
  }
  return output;
}

function perform(end: ServerEnd | ClientEnd, command: string): string | undefined {
  const [verb = '', ...words] = command.split(' ');
  try {
    if (!(end.connection instanceof Http1Server)) return ask(end as ClientEnd, verb, words);
    serve(end as ServerEnd, verb, words);
    return undefined;
  } catch (error) {
    if (error instanceof Http1FieldError) return `refused: ${error.message}`;
    throw error;
  }
}

function serve(end: ServerEnd, verb: string, words: readonly string[]): void {
  const { connection } = end;
  if (verb === 'head') connection.head(Number(words[0]), fieldsOf(words.slice(1)), words.at(-1) === 'end');
  else if (verb === 'interim') connection.interim(Number(words[0]), fieldsOf(words.slice(1)));
  else if (verb === 'drain') connection.drain();
  else both(end, verb, words);
}

function ask(end: ClientEnd, verb: string, words: readonly string[]): string | undefined {
  if (verb !== 'request') {
    both(end, verb, words);
    return undefined;
  }
  const [method = '', target = '', ...fields] = words;
  return end.connection.request(method, unescape(target), fieldsOf(fields), words.at(-1) === 'end')
    ? undefined
    : 'not now';
}

function both(end: ServerEnd | ClientEnd, verb: string, words: readonly string[]): void {
  const { connection } = end;
  const text = words.join(' ');
  if (verb === 'give') give(end, unescape(text));
  else if (verb === 'peer-end') connection.receiveEnd();
  else if (verb === 'data') data(end, text);
  else if (verb === 'end') connection.end();
  else if (verb === 'trailers') connection.trailers(fieldsOf(words));
  else if (verb === 'close') connection.close();
  else if (verb === 'time-out') connection.timeOut();
  else throw new Error(`no command: ${verb}`);
}

function data({ connection }: ServerEnd | ClientEnd, text: string): void {
  const isLast = text.endsWith(' [end]');
  const bytes = bytesOf(unescape(isLast ? text.slice(0, -6) : text));
  connection.data(bytes, 0, bytes.length, isLast);
}

const unescape = (text: string): string => String(JSON.parse(`"${text.replaceAll('"', '\\"')}"`));

function fieldsOf(words: readonly string[]): string[] {
  return words
    .filter((word) => word.includes(':'))
    .flatMap((word) => [
      word.slice(0, word.indexOf(':')),
      unescape(word.slice(word.indexOf(':') + 1).replaceAll('_', ' ')),
    ]);
}
