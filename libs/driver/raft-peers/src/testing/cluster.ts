import { memberId, type MemberId } from '@portolan/raft';
import { NumberedCommands, temporaryFolder } from '@portolan/raft-driver/testing';
import type { RaftMember, RaftMemberOptions } from '@portolan/raft-driver';
import { eventually } from './eventually.ts';
import { PeerNode, type PeerNodeOptions } from './peer-node.ts';

export type NodeOptions = Omit<PeerNodeOptions, 'id' | 'others'>;

/** Three members, or more, on real disks and sockets. */
export class Cluster implements AsyncDisposable {
  readonly nodes = new Map<MemberId, PeerNode>();
  readonly machines = new Map<MemberId, NumberedCommands>();
  readonly #stack = new AsyncDisposableStack();
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(
    count: number,
    options: NodeOptions = {},
    member: Partial<RaftMemberOptions<number>> = {},
  ): Promise<Cluster> {
    const folder = await temporaryFolder();
    const cluster = new Cluster(folder.path);
    cluster.#stack.use(folder);
    const ids = Array.from({ length: count }, (_, position) => memberId(BigInt(position + 1)));
    for (const id of ids) await cluster.open(id, options);
    for (const id of ids) {
      for (const [other, { proxy }] of cluster.nodes)
        if (other !== id) cluster.node(id).peers.learn(other, [proxy.address]);
      await cluster.run(id, { kind: 'bootstrap', members: ids }, member);
    }
    return cluster;
  }

  /** A process without a member. */
  async open(id: MemberId, options: NodeOptions = {}, others?: PeerNodeOptions['others']): Promise<PeerNode> {
    const node = await PeerNode.start({ id, ...options, ...(others !== undefined && { others }) });
    this.#stack.use(node);
    this.nodes.set(id, node);
    return node;
  }

  async run(
    id: MemberId,
    start: RaftMemberOptions<number>['start'],
    options: Partial<RaftMemberOptions<number>> = {},
  ): Promise<RaftMember<number>> {
    const machine = new NumberedCommands();
    this.machines.set(id, machine);
    return this.node(id).run(machine, { folder: `${this.#folder}/${id}`, start, ...options });
  }

  node(id: MemberId): PeerNode {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  machine(id: MemberId): NumberedCommands {
    const machine = this.machines.get(id);
    if (machine === undefined) throw new Error(`no member runs at node ${id}`);
    return machine;
  }

  /** Resolves with who leads, and is established. */
  async leader(): Promise<PeerNode> {
    let found: PeerNode | undefined;
    await eventually('a leader', () => {
      found = [...this.nodes.values()].find((node) => node.member.leadership.isEstablished);
      return found !== undefined;
    });
    if (found === undefined) throw new Error('a leader was found');
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
