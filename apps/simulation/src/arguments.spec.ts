import { readArguments, UsageError } from './arguments.ts';

const asked = (...argv: string[]): unknown => {
  const read = readArguments(argv);
  return read.kind === 'help' ? 'help' : read.asked;
};

describe('readArguments', () => {
  it('plays 100 worlds from a seed that nobody has tried', () => {
    const before = Date.now();
    const { seed, ...rest } = asked('--core', 'raft', '--jobs', '2') as { seed: number };
    expect(seed).toBeGreaterThanOrEqual(before);
    expect(rest).toEqual({ core: 'raft', seeds: 100, untilMs: undefined, jobs: 2, json: false, film: undefined });
  });

  it('replays one world when it is given a seed alone', () => {
    expect(asked('--core', 'raft', '--seed', '48151', '--until', '12.410')).toMatchObject({
      seed: 48_151,
      seeds: 1,
      jobs: 1,
      untilMs: 12_410,
    });
  });

  it.each([[[]], [['--help']], [['-h']]])('%j asks for help', (argv) => {
    expect(asked(...argv)).toBe('help');
  });

  it.each([
    [['--core', 'rafd'], 'there is no core "rafd"; did you mean raft?'],
    [['--seeds', '3'], 'there is no core ""'],
    [['--core', 'raft', '--seeds', 'many'], '--seeds many is not a whole number from 1'],
    [['--core', 'raft', '--until', 'noon', '--seed', '1'], '--until noon is no time in seconds'],
    [['--core', 'raft', '--film', 'x.json'], '--film is of one seed'],
    [['--core', 'raft', '--sed', '1'], "Unknown option '--sed'"],
  ])('refuses %j', (argv, message) => {
    expect(() => readArguments(argv)).toThrow(message);
    expect(() => readArguments(argv)).toThrow(UsageError);
  });
});
