import { CANNOT_CUT, CutNetwork } from './testing/cut-network.ts';
import { endingsAt, openWatch, staleAgeAt, type Ending } from './testing/endings.ts';
import { HistoryClients } from './testing/history-clients.ts';
import { RegistryCluster, type Seat } from './testing/registry-cluster.ts';

const ROUNDS = Number(process.env.PARTITION_ROUNDS ?? 5);
/** A guard against hanging. */
const PATIENCE_MS = 60_000;
const LOSSY_MS = 60_000;
/** Of a write that its member had passed on, or put into its log: it does not know what others make of it. */
const UNKNOWN_OR_REFUSED = ['KV_OUTCOME_UNKNOWN', 'RAFT_NO_LEADER'];

/** Three registries, clients at each, and a network to cut. */
class Scene implements AsyncDisposable {
  readonly network: CutNetwork;
  readonly cluster: RegistryCluster;
  readonly clients: HistoryClients;

  private constructor(network: CutNetwork, cluster: RegistryCluster) {
    this.network = network;
    this.cluster = cluster;
    this.clients = new HistoryClients(cluster.seats);
  }

  static async open(): Promise<Scene> {
    using opening = new DisposableStack();
    const network = opening.use(new CutNetwork(3));
    const scene = new Scene(network, await RegistryCluster.at(network.hosts));
    opening.move();
    return scene;
  }

  numberOf(seat: Seat): number {
    return this.cluster.seats.indexOf(seat) + 1;
  }

  others(seat: Seat): readonly Seat[] {
    return this.cluster.seats.filter((other) => other !== seat);
  }

  /** Resolves when others than those that are cut off have acknowledged two more writes. */
  async goesOn(): Promise<number> {
    const [from, before] = [Date.now(), this.clients.acknowledged];
    await until('the others go on', async () => this.clients.acknowledged > before + 1);
    return Date.now() - from;
  }

  /** Heals, and resolves when each member answers what is current, all the same, without anybody's help. */
  async heal(): Promise<number> {
    this.network.heal();
    const from = Date.now();
    await until('all are one again', async () => {
      const endings = await Promise.all(this.cluster.seats.map(endingsAt));
      return endings.every(({ write, read }) => write.outcome === 'answered' && read.outcome === 'answered');
    });
    const statuses = await Promise.all(this.cluster.seats.map((seat) => this.cluster.status(seat)));
    expect(new Set(statuses.map((status) => status?.leaderId)).size).toBe(1);
    return Date.now() - from;
  }

  /** Whoever is cut off tells so: who waits, who asks later, who watches; and answers what is stale, with its age. */
  async isRefused(seat: Seat, alsoCut: readonly Seat[] = []): Promise<string> {
    const watch = await openWatch(seat);
    for (const one of [seat, ...alsoCut]) this.network.isolate(this.numberOf(one));
    const [waiting, watching] = await Promise.all([endingsAt(seat), watch.ends]);
    expect(UNKNOWN_OR_REFUSED).toContain(waiting.write.outcome);
    expect([waiting.read.outcome, watching.outcome]).toEqual(['RAFT_NO_LEADER', 'RAFT_NO_LEADER']);
    const later = await endingsAt(seat);
    expect([later.write.outcome, later.read.outcome]).toEqual(['RAFT_NO_LEADER', 'RAFT_NO_LEADER']);
    const ageMs = await staleAgeAt(seat);
    expect(ageMs).toBeGreaterThan(0);
    const told = { 'waiting write': waiting.write, read: waiting.read, watch: watching };
    return `${text(told)}; later ${text(later)}; a stale answer is ${ageMs} ms old`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clients[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
    this.network[Symbol.dispose]();
  }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const from = Date.now(); !(await isSo());) {
    if (Date.now() - from > PATIENCE_MS) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const text = (endings: Readonly<Record<string, Ending>>): string =>
  Object.entries(endings)
    .map(([what, { outcome, ms }]) => `${what} ${outcome} after ${ms} ms`)
    .join(', ');

const say = (line: string): void => {
  process.stdout.write(`  ${line}\n`);
};

/** @returns how many operations there were, which some order explains */
async function judge({ clients }: Scene): Promise<number> {
  const operations = await clients.judge();
  say(`${operations} operations, ${clients.acknowledged} writes acknowledged, linearizable`);
  return operations;
}

const describeWithCuts = CANNOT_CUT === undefined ? describe : describe.skip;

describeWithCuts(`three registries${CANNOT_CUT === undefined ? '' : ` (${CANNOT_CUT})`}`, () => {
  it('that are cut in two: the smaller part refuses at once, the larger goes on, and healed they are one', async () => {
    await using scene = await Scene.open();
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const who of ['leader', 'follower'] as const) {
        const leader = await scene.cluster.leader();
        const alone = who === 'leader' ? leader : (scene.others(leader)[round % 2] ?? leader);
        say(`${round}, the ${who} alone: ${await scene.isRefused(alone)}`);
        const wentOn = await scene.goesOn();
        say(`${round}, the others go on within ${wentOn} ms; healed within ${await scene.heal()} ms`);
      }
    }
    expect(await judge(scene)).toBeGreaterThan(0);
  }, 1_800_000);

  it('all apart: each refuses at once, and healed they are one', async () => {
    await using scene = await Scene.open();
    const [one, ...others] = scene.cluster.seats;
    if (one === undefined) throw new Error('nobody is there');
    const watches = await Promise.all(others.map(openWatch));
    const refused = await scene.isRefused(one, others);
    say(`all apart: ${refused}`);
    for (const { outcome } of await Promise.all(watches.map(({ ends }) => ends)))
      expect(outcome).toBe('RAFT_NO_LEADER');
    say(`healed within ${await scene.heal()} ms`);
    expect(await judge(scene)).toBeGreaterThan(0);
  }, 600_000);

  it('with links that are cut one way: somebody goes on, and healed they are one', async () => {
    await using scene = await Scene.open();
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const way of ['leader → follower', 'follower → leader', 'leader mute', 'leader deaf'] as const) {
        const leader = await scene.cluster.leader();
        const [first, second] = scene.others(leader).map((seat) => scene.numberOf(seat));
        const led = scene.numberOf(leader);
        for (const follower of way.startsWith('leader ') && !way.includes('→') ? [first, second] : [first]) {
          if (follower === undefined) continue;
          if (way === 'leader → follower' || way === 'leader mute') scene.network.cut(led, follower);
          else scene.network.cut(follower, led);
        }
        const wentOn = await scene.goesOn();
        const at = await endingsAt(
          way === 'leader mute' || way === 'leader deaf' ? leader : scene.cluster.seat(first ?? 1),
        );
        say(`${round}, ${way}: somebody goes on within ${wentOn} ms; who is cut: ${text(at)}`);
        say(`${round}, ${way}: healed within ${await scene.heal()} ms`);
      }
    }
    expect(await judge(scene)).toBeGreaterThan(0);
  }, 1_800_000);

  it('that lose three packets out of ten: they go on', async () => {
    await using scene = await Scene.open();
    scene.network.lose();
    const before = scene.clients.acknowledged;
    await new Promise((resolve) => setTimeout(resolve, LOSSY_MS));
    const written = scene.clients.acknowledged - before;
    await scene.goesOn();
    say(`${written} writes acknowledged in ${LOSSY_MS} ms of loss; healed within ${await scene.heal()} ms`);
    expect(await judge(scene)).toBeGreaterThan(0);
  }, 600_000);
});
