import { assert, PortolanError, type Rng } from '@portolan/kernel';
import { CompactedError, revision } from '@portolan/kv';
import {
  BackupDamagedError,
  openBackupFile,
  restoreState,
  UnknownBackupError,
  type BackupHeader,
  type RestoredState,
} from '@portolan/kv/backup';
import { memberId, type MemberId } from '@portolan/raft';
import { oneOf } from '../one-of.ts';
import { Violation } from '../violation.ts';
import { BACKUP_WHOLE, type BackupClient } from './backup-client.ts';
import type { KvCoverage } from './coverage.ts';
import type { Era, EraOptions } from './era.ts';
import { judgeCluster, judgeLeases, judgeWatches } from './judge.ts';
import { judgeHeader, judgeRestored, RESTORED_AS_IT_WAS } from './judge-restored.ts';
import { lookInto } from './look-into.ts';
import type { Clients } from './start-clients.ts';

/** An election and its grace; then clients; then the longest lease as its slowest judge sees it. */
const BEGINNING_MS = 2_000;
const CLIENTS_MS = 2_500;
const QUIET_MS = 8_000;
const RESUMING_MS = 500;
const DOWN_MS_MAX = 400;
const STEP_MS = 20;
const STEPS_MAX = 250;
export const RESTORED_CLUSTER_ID = 2n;
/** Nobody's of the cluster before. */
const MEMBERS: readonly MemberId[] = [101n, 102n, 103n].map(memberId);
const JOINING = memberId(104n);
/** Nor of its clients of leases. */
const FIRST_LESSEE = 6;

export const DAMAGE_REFUSED = 'A damaged backup is refused';
export const WATCH_ENDS = 'A watch does not go on over a restore';

export interface RestoredEraOptions {
  readonly before: Era;
  readonly clients: Clients;
  readonly begin: (era: Pick<EraOptions, 'chronicle'>) => Era;
  /** @throws Violation that the era has found */
  readonly advance: (ms: number, era: Era) => Promise<void>;
  readonly rng: Rng;
  readonly coverage: KvCoverage;
}

/** A cluster is lost, and another begins from a backup of it: it has what there was then, and nobody takes it for the one of before. */
export async function playRestored(options: RestoredEraOptions): Promise<void> {
  const { before, clients, rng, coverage } = options;
  const { files } = clients.backups;
  const alarmed = files.filter(({ header }) => (before.chronicle.momentAt(header.index)?.alarms.length ?? 0) > 0);
  const file = oneOf(rng, rng.below(4) > 0 && alarmed.length > 0 ? alarmed : files);
  if (file === undefined) return;
  const play = new RestoredPlay(options);
  await play.refuseDamaged(clients.backups, file.path);
  const [header, state] = await play.read(clients.backups, file.path);
  judgeHeader(before.chronicle, header, state);
  for (const id of before.cluster.ids) before.cluster.raft.kill(id);
  const era = options.begin({
    chronicle: (tell) => before.chronicle.restored(header.index, state.revision, tell),
  });
  await play.lookAt(era, header, state);
  coverage.count('backups restored');
  await play.live(era, header, state);
}

class RestoredPlay {
  readonly #options: RestoredEraOptions;

  constructor(options: RestoredEraOptions) {
    this.#options = options;
  }

  /** One bit of it is another. */
  async refuseDamaged({ host }: BackupClient, file: string): Promise<void> {
    const { rng, coverage } = this.#options;
    const [position, bit] = [rng.below(host.drive.contents(file).length), rng.below(8)];
    host.drive.flipBit(file, position, bit);
    const outcome = await this.#settled(
      openBackupFile(host.disk, file)
        .then(restoreState)
        .then(
          () => undefined,
          (error: unknown) => error,
        ),
    );
    host.drive.flipBit(file, position, bit);
    if (outcome instanceof BackupDamagedError || outcome instanceof UnknownBackupError) {
      coverage.count('damaged backups refused');
      return;
    }
    throw new Violation(DAMAGE_REFUSED, `bit ${bit} of byte ${position} is another, and it was not noticed`, outcome);
  }

  async read({ host }: BackupClient, file: string): Promise<readonly [BackupHeader, RestoredState]> {
    const reading = openBackupFile(host.disk, file).then(
      async (backup) => [backup.header, await restoreState(backup)] as const,
    );
    try {
      return await this.#settled(reading);
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      throw new Violation(BACKUP_WHOLE, `it cannot be restored: ${error.message}`, error);
    }
  }

  async lookAt(era: Era, header: BackupHeader, state: RestoredState): Promise<void> {
    const { before } = this.#options;
    const { clock } = era.cluster.world;
    try {
      await using store = await lookInto(state.slices(), { clock, rng: this.#options.rng });
      await judgeRestored(before.chronicle, era.chronicle, header.index, store);
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      throw new Violation(RESTORED_AS_IT_WAS, `nobody can begin with it: ${error.message}`, error);
    }
  }

  async live(era: Era, header: BackupHeader, state: RestoredState): Promise<void> {
    const { before, clients, advance, coverage } = this.#options;
    const was = before.chronicle.momentAt(header.index);
    await this.#settled(era.cluster.raft.restore(MEMBERS, state), era);
    const now = era.cluster.world.clock.now();
    for (const [lease, ttlSeconds] of was?.leases ?? []) {
      coverage.count('leases restored');
      era.ledger.granted(String(lease), now);
      era.ledger.confirmed(String(lease), { calledAtMs: now, answeredAtMs: now, ttlMs: 1_000 * ttlSeconds });
    }
    if (was !== undefined && was.alarms.length > 0) coverage.count('backups restored with alarms');
    this.#loseSome(era, BEGINNING_MS);
    await advance(BEGINNING_MS, era);
    await this.#resume(era);
    const restored = era.start({
      era: 'r',
      isCompacting: true,
      isRaisingAlarms: false,
      isBackingUpAlarms: false,
      firstLessee: FIRST_LESSEE,
      earlier: (session) => ({
        newest: era.chronicle.newestSequence(session),
        answers: clients.idempotent.find((client) => client.session === session)?.answers ?? new Map(),
      }),
    });
    this.#loseSome(era, CLIENTS_MS);
    this.#join(era);
    await advance(CLIENTS_MS, era);
    era.stop();
    for (const id of era.cluster.ids) era.cluster.raft.restart(id);
    await advance(QUIET_MS, era);
    const members = judgeCluster(era.cluster);
    judgeLeases(era.ledger.living);
    const settledAt = era.chronicle.revision;
    const truthBefore = before.chronicle.truth.filter(({ revision: at }) => at <= header.revision);
    judgeWatches(
      [...truthBefore, ...era.chronicle.truth],
      restored.watchers.flatMap((watcher) => watcher.streams(settledAt, members)),
    );
  }

  /** From where they were in the cluster before: they are told that they cannot, and shown nothing. */
  async #resume(era: Era): Promise<void> {
    const { before, rng, advance, coverage } = this.#options;
    const { raft, world } = era.cluster;
    const streams = before.watchers.flatMap(({ name, bookmark }) => {
      const to = oneOf(rng, [...raft.running.keys()]);
      if (bookmark === undefined || to === undefined) return [];
      const request = { ...bookmark.request, startRevision: revision(bookmark.next) };
      const caller = era.network.join(world.addHost(`${name} again`).life);
      const stream = caller.follow(to, request, (batch) => {
        era.check(() => {
          throw new Violation(
            WATCH_ENDS,
            `${name} asks for what comes from ${bookmark.next} on, and is given ${batch.kind} to ${batch.revision}`,
          );
        });
      });
      void stream.ended.then((error) => {
        if (error instanceof CompactedError) coverage.count('watches ended by a restore');
      });
      return [stream];
    });
    await advance(RESUMING_MS, era);
    for (const stream of streams) stream.stop();
  }

  /** Power fails at one, or at all, and is back soon: what they were given is on their disks. */
  #loseSome(era: Era, withinMs: number): void {
    const { rng } = this.#options;
    if (rng.below(2) === 0) return;
    const { cluster } = era;
    const { clock } = cluster.world;
    const lost = rng.below(2) === 0 ? MEMBERS : MEMBERS.slice(0, 1);
    clock.after(rng.below(withinMs / 2), () => {
      for (const id of lost) cluster.crash(id);
      clock.after(1 + rng.below(DOWN_MS_MAX), () => {
        for (const id of lost) cluster.raft.restart(id);
      });
    });
  }

  /** It is sent what the others were given. */
  #join({ cluster }: Era): void {
    const { leader } = cluster.raft;
    if (leader === undefined || this.#options.rng.below(2) === 0) return;
    cluster.raft.add(JOINING);
    try {
      leader.member.change([{ kind: 'add-learner', member: JOINING }]);
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      cluster.world.log.note(`operator  is refused: ${error.message}`);
    }
  }

  /** Moves time until there is an answer. */
  async #settled<Value>(promise: Promise<Value>, era = this.#options.before): Promise<Value> {
    const fate = { isSettled: false };
    const settle = (): void => {
      fate.isSettled = true;
    };
    promise.then(settle, settle);
    for (let step = 0; !fate.isSettled; step += 1) {
      assert(step < STEPS_MAX, 'disks that nothing is wrong with answer');
      await this.#options.advance(STEP_MS, era);
    }
    return promise;
  }
}
