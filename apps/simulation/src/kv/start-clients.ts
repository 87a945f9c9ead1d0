import { AlarmClient } from './alarm-client.ts';
import { BackupClient } from './backup-client.ts';
import { CompactionClient } from './compaction-client.ts';
import { IdempotentClient, type EarlierSession } from './idempotent-client.ts';
import { LeaseClient } from './lease-client.ts';
import { PlainClient } from './plain-client.ts';
import type { Scene } from './scene.ts';
import { WatchClient } from './watch-client.ts';

/** Few enough that what they saw can be explained, or not, within seconds. */
const CLIENTS = { plain: 3, idempotent: 2, leases: 2, watches: 4 };

export interface StartClientsOptions {
  /** Of their names. */
  readonly era: string;
  readonly isCompacting: boolean;
  /** Else they are disarmed alone. */
  readonly isRaisingAlarms: boolean;
  /** Backups are taken of what is under an alarm too: by chance there are few. */
  readonly isBackingUpAlarms: boolean;
  /** Of the first client of leases: those before it are others'. */
  readonly firstLessee: number;
  /** Default: each session begins. */
  readonly earlier?: (session: bigint) => EarlierSession | undefined;
}

export interface Clients {
  readonly watchers: readonly WatchClient[];
  readonly idempotent: readonly IdempotentClient[];
  readonly alarms: AlarmClient;
  readonly backups: BackupClient;
}

export function startClients(scene: Scene, options: StartClientsOptions): Clients {
  const { era, isCompacting, isRaisingAlarms, isBackingUpAlarms, firstLessee, earlier } = options;
  const each = <One>(count: number, start: (number: number) => One): readonly One[] =>
    Array.from({ length: count }, (_, index) => start(index + 1));
  const shown = new Map<string, number>();
  each(CLIENTS.plain, (number) => new PlainClient(scene, `${era}c${number}`, shown));
  each(CLIENTS.leases, (number) => new LeaseClient(scene, `${era}l${number}`, firstLessee + number - 1));
  each(isCompacting ? 1 : 0, () => new CompactionClient(scene, `${era}compactor`));
  const idempotent = each(CLIENTS.idempotent, (number) => {
    const session = BigInt(number);
    return new IdempotentClient(scene, `${era}s${number}`, session, earlier?.(session));
  });
  const watchers = each(CLIENTS.watches, (number) => new WatchClient(scene, `${era}w${number}`));
  const alarms = new AlarmClient(scene, `${era}operator`, {
    isRaising: isRaisingAlarms,
    ...(isBackingUpAlarms && { backUp: () => backups.take() }),
  });
  const backups = new BackupClient(scene, `${era}backups`);
  return { idempotent, watchers, alarms, backups };
}
