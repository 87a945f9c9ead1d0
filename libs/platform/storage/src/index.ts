export type { Disk, DiskFile, OpenMode } from './disk.ts';
export { nodeDisk } from './node-disk.ts';
