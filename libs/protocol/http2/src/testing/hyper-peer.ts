import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Debian's own: where python3-h2 and python3-hpack are installed. */
const PYTHON = '/usr/bin/python3';
const SCRIPT = new URL('./hyper-peer.py', import.meta.url).pathname;

/** The h2 and hpack of Python's hyper project; see `hyper-peer.py` for what it is asked. */
export interface HyperPeer extends AsyncDisposable {
  /** @returns the words of the answer */
  ask(question: 'decode' | 'encode' | 'serve', words: readonly string[]): Promise<readonly string[]>;
}

export function startHyperPeer(): HyperPeer {
  const child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(question, words) {
      child.stdin.write(`${question} ${words.join(' ')}\n`);
      const line = await lines.next();
      if (line.done === true) throw new Error('the peer in Python ended; what it says is above');
      return line.value.split(' ').filter((word) => word !== '');
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'close');
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * A suite beside the hyper project's implementation. Without it the suite is skipped, aloud; with `PORTOLAN_REQUIRE_PEERS` set, as
 * CI has it, it fails.
 */
export function describeWithHyper(name: string, suite: () => void): void {
  const isInstalled = spawnSync(PYTHON, ['-c', 'import h2, hpack']).status === 0;
  const what = 'python3-h2 and python3-hpack are not installed: sudo apt-get install -y python3-h2 python3-hpack';
  if (!isInstalled && process.env.PORTOLAN_REQUIRE_PEERS !== undefined) {
    it(name, () => {
      expect(what).toBe('');
    });
    return;
  }
  const declare = isInstalled ? describe : describe.skip;
  declare(isInstalled ? name : `${name} (${what})`, () => {
    suite();
  });
}
