import { FormatNotActiveError, type Alarm, type AlarmList, type EmbeddedStore } from '@portolan/kv';
import { oneOf } from '../one-of.ts';
import { Violation } from '../violation.ts';
import { Client } from './client.ts';
import { USER } from './operations.ts';
import { KEYS } from './plain-client.ts';
import { anyMember, sleep, type Scene } from './scene.ts';

const PAUSE_MS = { min: 200, range: 1_600 };
/** While it lasts, clients get nothing done. */
const LASTS_MS = { min: 50, range: 700 };
const RETRY_MS_MAX = 300;

const RAISED: readonly Omit<Alarm, 'memberId'>[] = [
  { kind: 'no-space', keyspace: 'user' },
  { kind: 'no-space', keyspace: undefined },
  { kind: 'corrupt', keyspace: undefined },
];

export const ALARM_SHARED = 'An alarm is all members’';

export interface AlarmClientOptions {
  /** Else it disarms alone. */
  readonly isRaising: boolean;
  /** Before it disarms: it is as it was then that a cluster may be restored. */
  readonly backUp?: () => Promise<void>;
}

/** Raises alarms for a while, and disarms those that it finds, as an operator does: also what a quota has raised. */
export class AlarmClient {
  readonly #client: Client;
  readonly #scene: Scene;
  readonly #options: AlarmClientOptions;
  #isStopped = false;

  constructor(scene: Scene, name: string, options: AlarmClientOptions) {
    this.#scene = scene;
    this.#options = options;
    this.#client = new Client(scene, name);
    void this.#run();
  }

  /** Raises no more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** For ever: what was raised in a call that nobody answered may come late. */
  async #run(): Promise<void> {
    const { rng } = this.#scene;
    for (;;) {
      await sleep(this.#scene, PAUSE_MS.min + rng.below(PAUSE_MS.range));
      const found = (await this.#ask('alarms', (store) => store.admin.alarms(USER)))?.alarms ?? [];
      if (found.length > 0) await this.#options.backUp?.();
      for (const alarm of found) await this.#disarm(alarm);
      if (this.#options.isRaising && !this.#isStopped && found.length === 0) await this.#raise();
    }
  }

  async #raise(): Promise<void> {
    const { rng, alarms, coverage } = this.#scene;
    const kind = oneOf(rng, RAISED);
    if (kind === undefined) return;
    const alarm = { ...kind, memberId: alarms.name() };
    const list = await this.#ask(`raise ${alarm.kind}`, (store) => store.admin.raiseAlarm({ ...USER, ...alarm }));
    if (list === undefined) return;
    coverage.count(alarm.kind === 'corrupt' ? 'alarms of corruption' : 'alarms of no space');
    alarms.confirmed(alarm);
    await this.#look(alarm);
    if (alarm.kind === 'no-space') await this.#makeRoom();
    await this.#options.backUp?.();
    await sleep(this.#scene, LASTS_MS.min + rng.below(LASTS_MS.range));
    await this.#disarm(alarm);
  }

  /** Whoever is asked knows of it. */
  async #look(alarm: Alarm): Promise<void> {
    const list = await this.#ask('alarms', (store) => store.admin.alarms(USER));
    if (list === undefined || this.#scene.alarms.certain !== alarm) return;
    this.#scene.check(() => {
      if (list.alarms.some(({ kind, memberId }) => kind === alarm.kind && memberId === alarm.memberId)) return;
      throw new Violation(ALARM_SHARED, `${alarm.kind} was raised and confirmed, and a member does not know of it`);
    });
  }

  async #disarm(alarm: Alarm): Promise<void> {
    const { rng, alarms, coverage } = this.#scene;
    if (alarm.kind === 'no-space') await this.#makeRoom();
    alarms.disarming();
    for (;;) {
      const list = await this.#ask(`disarm ${alarm.kind}`, (store) => store.admin.disarmAlarm({ ...USER, ...alarm }));
      if (list !== undefined) break;
      alarms.doubtful(alarm);
      await sleep(this.#scene, 1 + rng.below(RETRY_MS_MAX));
    }
    coverage.count('alarms disarmed');
  }

  /** What an alarm of no space does not forbid. */
  async #makeRoom(): Promise<void> {
    const { rng, alarms, coverage, isStopped } = this.#scene;
    const member = anyMember(this.#scene);
    if (member === undefined || isStopped()) return;
    const answer = await this.#client.write(member, {
      kind: 'txn',
      success: [{ kind: 'delete', from: oneOf(rng, KEYS) ?? 'a' }],
    });
    if (typeof answer !== 'string' && alarms.certain?.kind === 'no-space') coverage.count('deletes without space');
  }

  /** @returns undefined: not answered, or refused */
  async #ask(text: string, question: (store: EmbeddedStore) => Promise<AlarmList>): Promise<AlarmList | undefined> {
    const member = anyMember(this.#scene);
    if (member === undefined) return undefined;
    const outcome = await this.#client.ask(member, text, question);
    if (outcome.kind === 'answered') return outcome.value;
    if (outcome.kind === 'refused' && outcome.error instanceof FormatNotActiveError) {
      this.#scene.coverage.count('alarms refused before all members know them');
    }
    return undefined;
  }
}
