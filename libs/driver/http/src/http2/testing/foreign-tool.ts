import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Programs that speak HTTP/2, each of a making of its own, and the package of Debian and Ubuntu that has it. */
const PACKAGES = { curl: 'curl', nghttp: 'nghttp2-client', h2load: 'nghttp2-client' } as const;
export type ForeignTool = keyof typeof PACKAGES;

const OUTPUT_BYTES_MAX = 64 * 1_048_576;
const execute = promisify(execFile);

/** @returns what it printed. Rejects when its exit code is another than 0. */
export async function run(tool: ForeignTool, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execute(tool, args, { maxBuffer: OUTPUT_BYTES_MAX });
  return stdout;
}

/**
 * A test with a real client. Where it is not installed the test is skipped, aloud; with `PORTOLAN_REQUIRE_PEERS` set, as CI has it,
 * it fails.
 */
export function itWithTool(tool: ForeignTool, name: string, test: () => Promise<void>): void {
  const isInstalled = spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
  const lacking = isInstalled ? '' : `${tool} is not installed: sudo apt-get install -y ${PACKAGES[tool]}`;
  const declare = isInstalled || process.env.PORTOLAN_REQUIRE_PEERS !== undefined ? it : it.skip;
  declare(isInstalled ? `${tool}: ${name}` : `${tool}: ${name} (${lacking})`, async () => {
    expect(lacking).toBe('');
    await test();
  });
}

/** How the requests of a run of h2load ended. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly errored: number;
  readonly timedOut: number;
}

/** @throws Error when this is not what h2load prints at its end */
export function readLoad(output: string): LoadResult {
  const requests =
    /^requests: (?<total>\d+) total, \d+ started, \d+ done, (?<succeeded>\d+) succeeded, (?<failed>\d+) failed, (?<errored>\d+) errored, (?<timedOut>\d+) timeout$/m.exec(
      output,
    )?.groups;
  const rate = /^finished in [^,]+, ([\d.]+) req\/s/m.exec(output)?.[1];
  if (requests === undefined || rate === undefined) throw new Error(`h2load did not finish:\n${output}`);
  return {
    requestsPerSecond: Number(rate),
    total: Number(requests.total),
    succeeded: Number(requests.succeeded),
    failed: Number(requests.failed),
    errored: Number(requests.errored),
    timedOut: Number(requests.timedOut),
  };
}
