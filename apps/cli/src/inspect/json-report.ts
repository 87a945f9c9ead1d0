import type { Inspection } from './inspect-member.ts';

/** All of an inspection; ids are strings, for JSON has no integers of 64 bits. */
export function jsonOf(inspection: Inspection): string {
  const { mark, snapshots, ...rest } = inspection;
  const report = {
    ...rest,
    goesOnFrom: mark.index === 0 ? undefined : mark,
    snapshots: snapshots.map(({ file, index, metadata, bytes }) => ({
      file,
      index,
      term: metadata?.term,
      configuration: metadata?.configuration,
      bytes,
      verified: bytes !== undefined,
    })),
  };
  return `${JSON.stringify(report, plain, 2)}\n`;
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
