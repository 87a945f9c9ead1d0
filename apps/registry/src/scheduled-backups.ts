import { resolve } from 'node:path';
import type { ConfigOf } from '@portolan/config';
import type { Clock, Principal } from '@portolan/kernel';
import type { StoreAdmin } from '@portolan/kv';
import { BackupSchedule } from '@portolan/kv/backup';
import type { Logger } from '@portolan/telemetry';
import type { registryConfig } from './config.ts';

const PRINCIPAL: Principal = { kind: 'system', name: 'backups' };

export interface ScheduledBackupsOptions extends Pick<
  ConfigOf<typeof registryConfig>,
  'backupIntervalMs' | 'backupKeep'
> {
  /** Made when it is missing. */
  readonly backupDir: string;
  readonly admin: StoreAdmin;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Backups of this member, for as long as it runs. */
export function scheduledBackups(options: ScheduledBackupsOptions): BackupSchedule {
  const { backupDir, backupIntervalMs: intervalMs, backupKeep: keep, admin, clock, logger } = options;
  return new BackupSchedule({
    clock,
    folder: resolve(backupDir),
    intervalMs,
    keep,
    backup: (signal) => admin.backup({ principal: PRINCIPAL }, signal),
    onBackup: (file, { header, bytes }) => {
      logger.info({ file, bytes, revision: header.revision }, 'a backup has been taken, and verified');
    },
    onFailure: (error) => {
      logger.error({ err: error }, 'a backup could not be taken; it is tried again');
    },
  });
}
