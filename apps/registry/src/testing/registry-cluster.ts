import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterServiceService, type GetMemberStatusResponse } from '@portolan/contracts/cluster';
import { assert, type Principal } from '@portolan/kernel';
import { keyOf, oneKey, type KvStore } from '@portolan/kv';
import { createKvClient } from '@portolan/kv-client';
import { connect, createClient, RpcError } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { freePorts } from './free-ports.ts';
import { startRegistryUnder, type RegistryProcess } from './registry-process.ts';

const principal: Principal = { kind: 'service', name: 'test' };
/** How long anything may take that is waited for. */
const PATIENCE_MS = 30_000;

/** Where one member is, whether or not its process runs. */
export interface Seat {
  readonly name: string;
  readonly port: number;
  readonly peerPort: number;
  readonly folder: string;
  /** `host:port` for clients. */
  readonly address: string;
  readonly peerAddress: string;
  /** An address of its own; default: the loopback. */
  readonly host?: string;
  /** What runs its process; default: nothing. */
  readonly under?: readonly string[];
}

/** Where a member is on a network of its own. */
export interface Site {
  readonly host: string;
  readonly under: readonly string[];
}

/** Registries as processes of their own, on this machine, that are one cluster. Disposing kills them. */
export class RegistryCluster implements AsyncDisposable {
  readonly folder: string;
  readonly seats: readonly Seat[];
  readonly #running = new Map<Seat, RegistryProcess>();

  private constructor(folder: string, seats: readonly Seat[]) {
    this.folder = folder;
    this.seats = seats;
  }

  /** @param spare seats for members that join later */
  static async start(members: number, spare = 0): Promise<RegistryCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'portolan-cluster-'));
    const ports = await freePorts(2 * (members + spare));
    const seats = Array.from({ length: members + spare }, (_, index): Seat => {
      const [port = 0, peerPort = 0] = ports.slice(2 * index);
      const name = `registry-${index + 1}`;
      const [address, peerAddress] = [`127.0.0.1:${port}`, `127.0.0.1:${peerPort}`];
      return { name, port, peerPort, folder: join(folder, name), address, peerAddress };
    });
    return RegistryCluster.#found(folder, seats, members);
  }

  /** One member at each of these. */
  static async at(sites: readonly Site[]): Promise<RegistryCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'portolan-cluster-'));
    const seats = sites.map(({ host, under }, index): Seat => {
      const name = `registry-${index + 1}`;
      const [port, peerPort] = [8502, 2380];
      const [address, peerAddress] = [`${host}:${port}`, `${host}:${peerPort}`];
      return { name, port, peerPort, folder: join(folder, name), address, peerAddress, host, under };
    });
    return RegistryCluster.#found(folder, seats, seats.length);
  }

  static async #found(folder: string, seats: readonly Seat[], members: number): Promise<RegistryCluster> {
    const cluster = new RegistryCluster(folder, seats);
    const founders = seats.slice(0, members);
    const peers = founders.map(({ peerAddress }) => peerAddress).join(',');
    await Promise.all(founders.map((seat) => cluster.run(seat, '--peers', peers)));
    return cluster;
  }

  /** @param number from 1 */
  seat(number: number): Seat {
    const seat = this.seats[number - 1];
    assert(seat !== undefined, `there is no seat ${number}`);
    return seat;
  }

  get running(): readonly Seat[] {
    return this.seats.filter((seat) => this.#running.has(seat));
  }

  process(seat: Seat): RegistryProcess {
    const process = this.#running.get(seat);
    assert(process !== undefined, `${seat.name} does not run`);
    return process;
  }

  /** Resolves when it is ready: it knows a leader, and has everything. */
  async run(seat: Seat, ...flags: readonly string[]): Promise<RegistryProcess> {
    const { name, port, peerPort, folder, host, under = [] } = seat;
    const own = ['--instance', name, '--port', String(port), '--peer-port', String(peerPort), '--etcd-port', '0'];
    const bind = host === undefined ? [] : ['--bind', host];
    const process = await startRegistryUnder(under, folder, ...own, ...bind, ...flags);
    this.#running.set(seat, process);
    return process;
  }

  /** Its process has ended by itself. */
  forget(seat: Seat): void {
    this.#running.delete(seat);
  }

  async kill(seat: Seat, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const process = this.process(seat);
    this.#running.delete(seat);
    await process.end(signal);
  }

  /** Of one member; undefined while nobody answers there. */
  async status(seat: Seat): Promise<GetMemberStatusResponse | undefined> {
    await using connection = connect(seat.address);
    try {
      return await createClient(ClusterServiceService, connection).getMemberStatus({}, { timeoutMs: 1_000 });
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return undefined;
    }
  }

  /** Waits until one of those that run says that it leads. */
  async leader(): Promise<Seat> {
    const until = Date.now() + PATIENCE_MS;
    while (Date.now() < until) {
      for (const seat of this.running) {
        const status = await this.status(seat);
        if (status !== undefined && status.leaderId === status.memberId) return seat;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`nobody leads after ${PATIENCE_MS} ms`);
  }

  /** What `use` does with the store of one member. */
  async at<Result>(seat: Seat, use: (store: KvStore) => Promise<Result>): Promise<Result> {
    await using connection = connect(seat.address, { principal });
    await using store = createKvClient(connection, { clock, rng, timeoutMs: PATIENCE_MS });
    return await use(store);
  }

  put(seat: Seat, key: string, value: string): Promise<unknown> {
    const success = [{ kind: 'put', keyspace: 'user', key: keyOf(key), value: Buffer.from(value) }] as const;
    return this.at(seat, (store) => store.txn({ principal, success }));
  }

  get(seat: Seat, key: string): Promise<string | undefined> {
    return this.at(seat, async (store) => {
      const { keyValues } = await store.range({ principal, keyspace: 'user', keys: oneKey(keyOf(key)) });
      const [found] = keyValues;
      return found && Buffer.from(found.value).toString();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.running.map((seat) => this.kill(seat)));
    await rm(this.folder, { recursive: true, force: true });
  }
}
