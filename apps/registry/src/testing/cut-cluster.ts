import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { assert } from '@portolan/kernel';
import { isDialledBy } from './dialled-by.ts';
import { RegistryCluster, type Seat } from './registry-cluster.ts';

/** One connection from a member to another, which passes through here. */
interface Link {
  readonly to: Seat;
  readonly dialled: Socket;
  readonly forwarded: Socket;
}

/**
 * Registries whose members reach each other through this process, which can cut one of them off from the others, while clients still
 * reach it: nothing passes any more, and no connection breaks, as when packets are lost. Needs no root, but Linux (`isDialledBy`).
 */
export class CutCluster implements AsyncDisposable {
  readonly cluster: RegistryCluster;
  readonly #servers: readonly Server[];
  readonly #links = new Set<Link>();
  /** Sockets through which nothing passes. */
  readonly #held = new Set<Socket>();
  #alone: Seat | undefined;

  private constructor(cluster: RegistryCluster) {
    this.cluster = cluster;
    this.#servers = cluster.seats.map((seat) =>
      createServer((dialled) => {
        this.#accept(seat, dialled);
      }),
    );
  }

  static async start(members: number): Promise<CutCluster> {
    const cluster = await RegistryCluster.start(0, members);
    const cut = new CutCluster(cluster);
    try {
      const addresses = await Promise.all(cut.#servers.map(listen));
      const peers = addresses.join(',');
      const run = async (seat: Seat, index: number): Promise<void> => {
        await cluster.run(seat, '--peers', peers, '--advertise-peer', addresses[index] ?? '');
      };
      await Promise.all(cluster.seats.map(run));
    } catch (error) {
      await cut[Symbol.asyncDispose]();
      throw error;
    }
    return cut;
  }

  others(seat: Seat): readonly Seat[] {
    return this.cluster.seats.filter((other) => other !== seat);
  }

  /** One at a time. */
  cutOff(seat: Seat): void {
    assert(this.#alone === undefined, 'one is cut off already');
    this.#alone = seat;
    for (const link of this.#links) {
      if (!this.#isCut(link.to, link.dialled)) continue;
      link.dialled.unpipe(link.forwarded);
      link.forwarded.unpipe(link.dialled);
      this.#held.add(link.dialled).add(link.forwarded);
    }
  }

  heal(): void {
    this.#alone = undefined;
    for (const socket of this.#held) socket.destroy();
    this.#held.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
    this.heal();
    for (const { dialled, forwarded } of this.#links) {
      dialled.destroy();
      forwarded.destroy();
    }
    for (const server of this.#servers) server.close();
  }

  #isCut(to: Seat, dialled: Socket): boolean {
    if (this.#alone === undefined) return false;
    return to === this.#alone || isDialledBy(this.cluster.process(this.#alone).pid, dialled);
  }

  #accept(to: Seat, dialled: Socket): void {
    if (this.#isCut(to, dialled)) {
      dialled.on('error', () => dialled.destroy());
      this.#held.add(dialled);
      return;
    }
    const link: Link = { to, dialled, forwarded: connect(to.peerPort, '127.0.0.1') };
    this.#links.add(link);
    const end = (): void => {
      link.dialled.destroy();
      link.forwarded.destroy();
      this.#links.delete(link);
    };
    for (const socket of [link.dialled, link.forwarded]) socket.setNoDelay(true).on('error', end).on('close', end);
    link.dialled.pipe(link.forwarded);
    link.forwarded.pipe(link.dialled);
  }
}

/** @returns where it listens */
async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(typeof address === 'object' && address !== null, 'what listens on a port has an address');
  return `127.0.0.1:${address.port}`;
}
