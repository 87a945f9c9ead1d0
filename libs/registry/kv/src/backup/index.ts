export { openBackupFile, verifyBackupFile, writeBackupFile, type VerifiedBackup } from './backup-file.ts';
export { BackupSchedule, type BackupScheduleOptions } from './backup-schedule.ts';
export { BackupDamagedError, BackupFileError, UnknownBackupError } from './errors.ts';
export type { BackupHeader } from './format.ts';
export type { OpenBackup } from './read-backup.ts';
export { ReplayedState } from './replayed-state.ts';
export { restoreState, REVISION_MARGIN, type RestoredState, type RestoreOptions } from './restore-state.ts';
