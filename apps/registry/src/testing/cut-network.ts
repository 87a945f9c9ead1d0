import { spawnSync } from 'node:child_process';
import type { Site } from './registry-cluster.ts';

/** One end of a link of the network: what it receives can be dropped by who has sent it. */
interface Host extends Site {
  readonly namespace: string;
}

const PREFIX = 'ptl';
/** Packets of those in `cut` come to nothing, of those in `lossy` three out of ten: 0.3 of 2^31. netem is not in every kernel. */
const RULES = `table inet portolan {
  set cut { type ipv4_addr; }
  set lossy { type ipv4_addr; }
  chain in {
    type filter hook input priority 0; policy accept;
    ip saddr @cut drop
    ip saddr @lossy meta random & 0x7fffffff < 644245094 drop
  }
}`;

/**
 * Hosts on a network of their own that can be cut, each a network namespace of this machine, with a bridge in another namespace, so
 * that no rule of this machine's applies. Whoever asks from outside the network reaches all of them always.
 */
export class CutNetwork implements Disposable {
  readonly hosts: readonly Host[];
  readonly #name: string;
  readonly #hub: string;
  static #networks = 0;

  /** @throws Error without root, `ip` and `nft` */
  constructor(count: number) {
    // One that is let go takes a moment to be gone.
    CutNetwork.#networks += 1;
    const name = `${PREFIX}${process.pid}x${CutNetwork.#networks}`;
    const net = `10.213.${(process.pid + CutNetwork.#networks) % 250}`;
    this.#name = name;
    this.#hub = `${name}h`;
    this.hosts = Array.from({ length: count }, (_, index) => {
      const namespace = `${name}n${index + 1}`;
      return { namespace, host: `${net}.${index + 11}`, under: ['ip', 'netns', 'exec', namespace] };
    });
    try {
      this.#open(name, net);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  #open(name: string, net: string): void {
    ip('netns', 'add', this.#hub);
    ip('-n', this.#hub, 'link', 'add', 'bridge', 'type', 'bridge');
    ip('-n', this.#hub, 'link', 'set', 'bridge', 'up');
    ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'outside', 'netns', this.#hub);
    ip('-n', this.#hub, 'link', 'set', 'outside', 'master', 'bridge', 'up');
    ip('addr', 'add', `${net}.1/24`, 'dev', name);
    ip('link', 'set', name, 'up');
    for (const { namespace, host } of this.hosts) {
      ip('netns', 'add', namespace);
      ip('-n', namespace, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', namespace, 'netns', this.#hub);
      ip('-n', this.#hub, 'link', 'set', namespace, 'master', 'bridge', 'up');
      ip('-n', namespace, 'link', 'set', 'lo', 'up');
      ip('-n', namespace, 'addr', 'add', `${host}/24`, 'dev', 'eth0');
      ip('-n', namespace, 'link', 'set', 'eth0', 'up');
      command('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], RULES);
    }
  }

  /** Nothing that `from` sends reaches `to`. Numbers from 1. */
  cut(from: number, to: number): void {
    this.#put('cut', from, to);
  }

  /** Nothing passes between `one` and any other. */
  isolate(one: number): void {
    for (const other of this.#others(one)) {
      this.cut(one, other);
      this.cut(other, one);
    }
  }

  /** Of what hosts send each other, three packets out of ten are lost. */
  lose(): void {
    for (const to of this.hosts.keys()) for (const from of this.#others(to + 1)) this.#put('lossy', from, to + 1);
  }

  heal(): void {
    for (const { namespace } of this.hosts) {
      for (const set of ['cut', 'lossy']) nft(namespace, 'flush', 'set', 'inet', 'portolan', set);
    }
  }

  [Symbol.dispose](): void {
    spawnSync('ip', ['link', 'del', this.#name]);
    for (const namespace of [this.#hub, ...this.hosts.map((host) => host.namespace)]) {
      spawnSync('ip', ['netns', 'del', namespace]);
    }
  }

  #put(set: 'cut' | 'lossy', from: number, to: number): void {
    const [sender, receiver] = [this.hosts[from - 1], this.hosts[to - 1]];
    if (sender === undefined || receiver === undefined) throw new RangeError(`hosts are 1 to ${this.hosts.length}`);
    nft(receiver.namespace, 'add', 'element', 'inet', 'portolan', set, `{ ${sender.host} }`);
  }

  #others(one: number): readonly number[] {
    return this.hosts.map((_, index) => index + 1).filter((other) => other !== one);
  }
}

/** What keeps a network from being made here; undefined: nothing. */
export const CANNOT_CUT: string | undefined =
  process.getuid?.() === 0 && process.platform === 'linux' ? undefined : 'needs root on Linux';

const ip = (...options: readonly string[]): void => {
  command('ip', options);
};

const nft = (namespace: string, ...options: readonly string[]): void => {
  command('ip', ['netns', 'exec', namespace, 'nft', ...options]);
};

function command(program: string, options: readonly string[], input = ''): void {
  const { status, stderr, error } = spawnSync(program, options, { encoding: 'utf8', input });
  if (status !== 0) throw new Error(`${program} ${options.join(' ')}: ${error?.message ?? stderr}`);
}
