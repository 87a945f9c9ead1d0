import { assert, createSeededRng, type Rng } from '@portolan/kernel';
import { VirtualClock } from './clock/virtual-clock.ts';
import { VirtualHost, type VirtualHostOptions } from './host/virtual-host.ts';
import { EventLog } from './log/event-log.ts';
import { VirtualNetwork, type VirtualNetworkOptions } from './network/virtual-network.ts';

export interface VirtualWorldOptions<Message> {
  /** Decides everything that chance decides. */
  readonly seed: number;
  readonly network?: Omit<VirtualNetworkOptions<Message>, 'clock' | 'rng' | 'log'>;
  /** Events that failure reports can look back on. */
  readonly eventsMax?: number;
}

/** A clock, a network, hosts and a log, all from one seed: the same seed and the same calls give the same log, byte for byte. */
export class VirtualWorld<Message> {
  readonly seed: number;
  readonly clock = new VirtualClock();
  /** For the simulation's own choices; network and hosts have each their own, so that one more draw here changes nothing there. */
  readonly rng: Rng;
  readonly log: EventLog;
  readonly network: VirtualNetwork<Message>;
  readonly #hostRng: Rng;
  readonly #hosts = new Map<string, VirtualHost>();

  constructor(options: VirtualWorldOptions<Message>) {
    this.seed = options.seed;
    const root = createSeededRng(options.seed);
    const fork = (): Rng => createSeededRng(root.below(2 ** 32));
    this.rng = fork();
    this.#hostRng = fork();
    this.log = new EventLog(this.clock, options.eventsMax);
    this.network = new VirtualNetwork({ ...options.network, clock: this.clock, rng: fork(), log: this.log });
  }

  /** A new host, running. */
  addHost(name: string, options: Pick<VirtualHostOptions, 'disk'> = {}): VirtualHost {
    assert(!this.#hosts.has(name), `there is a host ${name} already`);
    const host = new VirtualHost({ ...options, name, clock: this.clock, rng: this.#hostRng, log: this.log });
    this.#hosts.set(name, host);
    return host;
  }

  host(name: string): VirtualHost {
    const host = this.#hosts.get(name);
    assert(host !== undefined, `there is no host ${name}`);
    return host;
  }

  /** In the order in which they were added. */
  get hosts(): readonly VirtualHost[] {
    return [...this.#hosts.values()];
  }
}
