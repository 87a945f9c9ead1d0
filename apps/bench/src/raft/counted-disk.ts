import type { Disk } from '@portolan/storage';

/** A disk that counts its syncs. */
export interface CountedDisk {
  readonly disk: Disk;
  syncs: number;
}

export function counted(disk: Disk): CountedDisk {
  const counter: CountedDisk = {
    syncs: 0,
    disk: {
      list: (folder) => disk.list(folder),
      makeFolder: (folder) => disk.makeFolder(folder),
      rename: (from, to) => disk.rename(from, to),
      remove: (path) => disk.remove(path),
      syncFolder: (folder) => disk.syncFolder(folder),
      open: async (path, mode) => {
        const file = await disk.open(path, mode);
        return {
          read: (position, length) => file.read(position, length),
          write: (position, chunks) => {
            if (mode === 'durable') counter.syncs += 1;
            return file.write(position, chunks);
          },
          size: () => file.size(),
          close: () => file.close(),
          syncData: () => {
            counter.syncs += 1;
            return file.syncData();
          },
        };
      },
    },
  };
  return counter;
}
