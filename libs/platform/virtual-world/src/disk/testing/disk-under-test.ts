import { createSeededRng } from '@portolan/kernel';
import type { DiskFile } from '@portolan/storage';
import { VirtualDisk } from '../virtual-disk.ts';

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (of: Uint8Array): string => new TextDecoder().decode(of);

/** Operations take no time: what a test awaits has happened. */
export const built = (seed = 1): VirtualDisk => new VirtualDisk({ rng: createSeededRng(seed) });

/** What is seen over many seeds: chance shows all that it may do. */
export async function outcomes(of: (disk: VirtualDisk) => Promise<unknown>, seeds = 60): Promise<readonly string[]> {
  const seen = new Set<string>();
  for (let seed = 1; seed <= seeds; seed += 1) seen.add(String(await of(built(seed))));
  return [...seen].sort();
}

export async function created(disk: VirtualDisk, path: string, content = ''): Promise<DiskFile> {
  const file = await disk.open(path, 'create');
  if (content !== '') await file.write(0, [bytes(content)]);
  return file;
}

export async function durable(disk: VirtualDisk, path: string, content: string): Promise<DiskFile> {
  const file = await created(disk, path, content);
  await file.syncData();
  await disk.syncFolder(path.slice(0, path.lastIndexOf('/')) || '/');
  return file;
}
