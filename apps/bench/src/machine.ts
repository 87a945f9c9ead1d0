import { cpus, release, totalmem } from 'node:os';

/** What a figure was measured on. */
export function machineText(): string {
  const all = cpus();
  const gigabytes = Math.round(totalmem() / 1_024 ** 3);
  return `${all.length} × ${all[0]?.model ?? 'unknown processor'}, ${gigabytes} GB, Linux ${release()}, Node ${process.versions.node}`;
}
