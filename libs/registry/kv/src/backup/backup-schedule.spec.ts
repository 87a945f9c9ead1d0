import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSeededRng } from '@portolan/kernel';
import { nodeDisk, type Disk } from '@portolan/storage';
import { VirtualClock } from '@portolan/virtual-world';
import { createEmbeddedStore, type EmbeddedStore } from '../embedded-store.ts';
import { incarnation } from '../ids.ts';
import { principal, putOne } from '../testing/shorthand.ts';
import { openBackupFile, verifyBackupFile } from './backup-file.ts';
import { BackupSchedule, DRAFT_AGE_MS, RETRY_MS } from './backup-schedule.ts';
import { restoreState } from './restore-state.ts';

const HOUR_MS = 3_600_000;

class Setting implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly store: EmbeddedStore;
  readonly taken: string[] = [];
  readonly failures: string[] = [];
  readonly path: string;
  #settled = Promise.withResolvers<undefined>();

  private constructor(path: string) {
    this.path = path;
    const { clock } = this;
    this.store = createEmbeddedStore({ clock, rng: createSeededRng(1), incarnation: incarnation('one') });
  }

  static async open(): Promise<Setting> {
    return new Setting(await mkdtemp(join(tmpdir(), 'portolan-backups-')));
  }

  get folder(): string {
    return `${this.path}/backups`;
  }

  schedule(keep: number, disk: Disk = nodeDisk): BackupSchedule {
    const { clock, store, folder } = this;
    return new BackupSchedule({
      clock,
      disk,
      folder,
      intervalMs: HOUR_MS,
      keep,
      backup: (signal) => store.admin.backup({ principal }, signal),
      onBackup: (file) => {
        this.taken.push(file.slice(folder.length + 1));
        this.#settled.resolve(undefined);
      },
      onFailure: ({ code }) => {
        this.failures.push(code);
        this.#settled.resolve(undefined);
      },
    });
  }

  /** Moves the clock until the next backup has been taken, or has failed. The disk is a real one, and takes its time. */
  async next(ms: number): Promise<void> {
    this.#settled = Promise.withResolvers();
    const fate = { isSettled: false };
    void this.#settled.promise.then(() => {
      fate.isSettled = true;
    });
    await this.clock.advance(ms);
    while (!fate.isSettled) await this.turns(1);
  }

  async turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      await readdir(this.path);
      await this.clock.advance(0);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

describe('scheduled backups', () => {
  it('are taken at once and then at each interval, verified, and the oldest let go', async () => {
    await using setting = await Setting.open();
    await using stack = new AsyncDisposableStack();
    stack.use(setting.schedule(2));
    for (let count = 1; count <= 4; count += 1) {
      await putOne(setting.store, 'a', String(count));
      await setting.next(count === 1 ? 0 : HOUR_MS);
      expect(setting.taken).toHaveLength(count);
    }
    expect(await readdir(setting.folder)).toEqual(setting.taken.slice(2));
    const newest = `${setting.folder}/${setting.taken[3] ?? ''}`;
    const { revision } = await setting.store.status();
    expect(await verifyBackupFile(nodeDisk, newest)).toMatchObject({ header: { revision } });
    expect(await restoreState(await openBackupFile(nodeDisk, newest), { revisionMargin: 5 })).toMatchObject({
      revision: revision + 5,
      keys: 1,
    });
    expect(setting.failures).toEqual([]);
  });

  it('go on where they were before a restart, and leave other files alone', async () => {
    await using setting = await Setting.open();
    const first = setting.schedule(1);
    await setting.next(0);
    await first[Symbol.asyncDispose]();
    await writeFile(`${setting.folder}/notes.txt`, 'mine');
    await using stack = new AsyncDisposableStack();
    stack.use(setting.schedule(1));
    await setting.turns(30);
    await setting.clock.advance(HOUR_MS / 2);
    await setting.turns(30);
    expect(setting.taken).toHaveLength(1);
    await setting.next(HOUR_MS / 2);
    expect(await readdir(setting.folder)).toEqual([setting.taken[1], 'notes.txt']);
  });

  it('that fail are told and tried again soon, and what there is stays', async () => {
    await using setting = await Setting.open();
    let isFull = false;
    const full = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'open' });
    const disk: Disk = {
      ...nodeDisk,
      open: (path, mode) => (isFull && mode === 'create' ? Promise.reject(full) : nodeDisk.open(path, mode)),
    };
    await using stack = new AsyncDisposableStack();
    stack.use(setting.schedule(1, disk));
    await setting.next(0);
    isFull = true;
    await setting.next(HOUR_MS);
    expect(setting.failures).toEqual(['KV_BACKUP_FILE']);
    expect(await readdir(setting.folder)).toEqual(setting.taken);
    isFull = false;
    await setting.next(RETRY_MS);
    expect(setting.taken).toHaveLength(2);
    expect(await readdir(setting.folder)).toEqual(setting.taken.slice(1));
  });

  it('let go of what a crash has left half-written, once it can be nobody else at work', async () => {
    await using setting = await Setting.open();
    await mkdir(setting.folder);
    const draftOf = (ageMs: number): string => {
      const at = new Date(setting.clock.epoch() - ageMs).toISOString().slice(0, 19);
      return `backup-${at.replaceAll(/[-:]/g, '')}Z.portolan.new`;
    };
    const [old, young, foreign] = [draftOf(DRAFT_AGE_MS + 2_000), draftOf(DRAFT_AGE_MS - 2_000), 'notes.portolan.new'];
    for (const name of [old, young, foreign]) await writeFile(`${setting.folder}/${name}`, 'half');
    await using stack = new AsyncDisposableStack();
    stack.use(setting.schedule(1));
    await setting.next(0);
    const [first = ''] = setting.taken;
    expect((await readdir(setting.folder)).sort()).toEqual([young, first, foreign].sort());
    await setting.next(HOUR_MS);
    expect(await readdir(setting.folder)).toEqual([setting.taken[1], foreign]);
    expect(setting.failures).toEqual([]);
  });

  it('that cannot let the oldest go are whole, and not taken again before their time', async () => {
    await using setting = await Setting.open();
    const stuck: Disk = { ...nodeDisk, remove: () => Promise.reject(new Error('EBUSY')) };
    await using schedule = setting.schedule(1, stuck);
    await setting.next(0);
    await setting.next(HOUR_MS);
    expect(schedule).toBeDefined();
    await setting.clock.advance(10 * RETRY_MS);
    expect(setting.failures).toHaveLength(1);
    expect(await readdir(setting.folder)).toHaveLength(2);
  });
});
