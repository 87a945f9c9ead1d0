import { spawnSync } from 'node:child_process';
import { temporaryFolder } from './temporary-folder.ts';

export interface Mounted {
  readonly path: string;
  readonly makeReadOnly: () => void;
}

/**
 * A test on a file system of its own in memory, of so many bytes. Where none can be mounted it is skipped, aloud; with
 * `PORTOLAN_REQUIRE_PEERS` set, as CI has it, it fails.
 */
export function itWithMount(name: string, bytes: number, test: (mounted: Mounted) => Promise<void>): void {
  const lacking = process.getuid?.() === 0 && process.platform === 'linux' ? undefined : 'mounting needs root on Linux';
  const run = async (): Promise<void> => {
    if (lacking !== undefined) throw new Error(lacking);
    await using temporary = await temporaryFolder();
    const { path } = temporary;
    command('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'portolan', path);
    try {
      await test({
        path,
        makeReadOnly: () => {
          command('mount', '-o', 'remount,ro', path);
        },
      });
    } finally {
      command('umount', path);
    }
  };
  const define = lacking !== undefined && process.env.PORTOLAN_REQUIRE_PEERS === undefined ? it.skip : it;
  define(lacking === undefined ? name : `${name} (${lacking})`, run);
}

function command(program: string, ...options: readonly string[]): void {
  const { status, stderr } = spawnSync(program, options, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${options.join(' ')}: ${stderr}`);
}
