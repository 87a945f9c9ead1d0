import type { Colors } from './colors.ts';
import { atLeast, readLogEntry, type Level, type LogEntry } from './log-entry.ts';

export interface ScreenOptions {
  /** Writes text as it is. */
  readonly write: (text: string) => void;
  readonly colors: Colors;
  /** `json` passes the lines of all processes through as they are; for programs. */
  readonly format: 'text' | 'json';
  readonly level: Level;
  /** Of the longest name. */
  readonly nameWidth: number;
}

/** What a person sees: the lines of all processes, each behind the name of its process. */
export interface Screen {
  /** A line that a process printed. What is no log line is shown whatever the level. */
  line(name: string, text: string): void;
  /** Text for people, left out of JSON. */
  say(text: string): void;
}

/** Fields that every line has, or that are shown in another way. */
const HIDDEN = new Set(['level', 'msg', 'time', 'event', 'app', 'instance', 'module', 'err', 'lines', 'fix', 'code']);
const NAME_COLORS = ['cyan', 'magenta', 'blue', 'green', 'yellow'] as const satisfies readonly (keyof Colors)[];
const LEVEL_COLORS = {
  trace: 'dim',
  debug: 'dim',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
} as const satisfies Record<Level, keyof Colors>;

export function createScreen({ write, colors, format, level, nameWidth }: ScreenOptions): Screen {
  const colorOf = new Map<string, (typeof NAME_COLORS)[number]>();
  const prefix = (name: string): string => {
    // Instances of one service share its colour.
    const service = name.replace(/-\d+$/, '');
    const color = colorOf.get(service) ?? NAME_COLORS[colorOf.size % NAME_COLORS.length] ?? 'cyan';
    colorOf.set(service, color);
    return `${colors[color](name.padEnd(nameWidth))} ${colors.dim('│')} `;
  };
  const show = (name: string, text: string): void => {
    for (const line of text.split('\n')) write(`${prefix(name)}${line}\n`);
  };
  return {
    line: (name, text) => {
      const entry = readLogEntry(text);
      if (entry !== undefined && entry.event !== 'ready' && !atLeast(entry.level, level)) return;
      if (format === 'json') {
        write(`${entry === undefined ? JSON.stringify({ level: 'info', app: name, msg: text }) : text}\n`);
      } else if (entry === undefined) {
        show(name, text);
      } else if (entry.event !== 'ready') {
        // Who starts a process says that it is ready, and after how long.
        show(name, textOf(entry, colors));
      }
    },
    say: (text) => {
      if (format === 'text') write(text);
    },
  };
}

function textOf(entry: LogEntry, colors: Colors): string {
  const time = entry.time?.slice(11, 23) ?? '';
  const what = entry.module === undefined ? entry.msg : `${colors.dim(`${entry.module}:`)} ${entry.msg}`;
  const fields = Object.entries(entry).flatMap(([key, value]) =>
    HIDDEN.has(key) || value === undefined
      ? []
      : [`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`],
  );
  const head = [
    time === '' ? '' : colors.dim(time),
    colors[LEVEL_COLORS[entry.level]](entry.level.padEnd(5)),
    what,
    fields.length === 0 ? '' : colors.dim(fields.join(' ')),
  ];
  return [head.filter((part) => part !== '').join(' '), ...detailsOf(entry, colors)].join('\n');
}

/** The lines below a line: why, and what to do. */
function detailsOf(entry: LogEntry, colors: Colors): readonly string[] {
  const { err, lines, fix } = entry;
  // Whoever threw an error with a fix meant its message for people; otherwise only the stack tells.
  const reason = fix !== undefined ? err?.message : (err?.stack ?? err?.message);
  return [
    ...(reason === undefined || entry.msg.includes(reason) ? [] : reason.split('\n')),
    ...(Array.isArray(lines) ? lines.map((line) => colors.dim(`  ${String(line)}`)) : []),
    ...(fix !== undefined ? [`${colors.green('→')} ${fix}`] : []),
  ];
}
