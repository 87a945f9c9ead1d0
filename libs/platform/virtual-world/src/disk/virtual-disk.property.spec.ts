import fc from 'fast-check';
import { createSeededRng } from '@portolan/kernel';
import { SECTOR_BYTES } from './file-image.ts';
import { VirtualDisk } from './virtual-disk.ts';

const SECTORS = 6;

/** The contract, told twice: each sector has its synced version and those written since; a crash may leave any one of them. */
class ContractFile {
  readonly #versions: Uint8Array[][] = Array.from({ length: SECTORS }, () => [new Uint8Array(SECTOR_BYTES)]);
  syncedLength = 0;
  length = 0;

  write(position: number, bytes: Uint8Array): void {
    for (const [index, versions] of this.#versions.entries()) {
      const from = Math.max(position, index * SECTOR_BYTES);
      const to = Math.min(position + bytes.length, (index + 1) * SECTOR_BYTES);
      if (from >= to) continue;
      const next = Uint8Array.from(versions.at(-1) ?? []);
      next.set(bytes.subarray(from - position, to - position), from - index * SECTOR_BYTES);
      versions.push(next);
    }
    this.length = Math.max(this.length, position + bytes.length);
  }

  synced(): void {
    for (const versions of this.#versions) versions.splice(0, versions.length - 1);
    this.syncedLength = this.length;
  }

  /** @returns what of `content` no crash may leave behind; nothing, when all is well */
  violations(content: Uint8Array): string[] {
    const found: string[] = [];
    if (content.length < this.syncedLength) found.push(`${content.length} bytes, ${this.syncedLength} synced`);
    if (content.length > this.length) found.push(`${content.length} bytes, ${this.length} written`);
    for (const [index, versions] of this.#versions.entries()) {
      const sector = content.subarray(index * SECTOR_BYTES, (index + 1) * SECTOR_BYTES);
      if (!versions.some((version) => sector.every((byte, at) => byte === version[at]))) found.push(`sector ${index}`);
    }
    return found;
  }

  /** What the crash has left is what there is. */
  found(content: Uint8Array): void {
    const rest = new Uint8Array(SECTORS * SECTOR_BYTES);
    rest.set(content);
    this.length = content.length;
    this.write(0, rest);
    this.length = content.length;
    this.synced();
  }
}

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        act: fc.constant('write' as const),
        position: fc.nat(SECTORS * SECTOR_BYTES - 1),
        length: fc.integer({ min: 1, max: 3 * SECTOR_BYTES }),
        fill: fc.integer({ min: 0, max: 255 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ act: fc.constant('sync' as const) }) },
    { weight: 2, arbitrary: fc.record({ act: fc.constant('crash' as const) }) },
  ),
  { maxLength: 40 },
);

describe('VirtualDisk', () => {
  it('keeps the contract: what was synced survives, other sectors are old or new, nothing else ever appears', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (script, seed) => {
        const disk = new VirtualDisk({ rng: createSeededRng(seed) });
        const contract = new ContractFile();
        let file = await disk.open('/f', 'create');
        await disk.syncFolder('/');
        for (const step of script) {
          if (step.act === 'write') {
            const length = Math.min(step.length, SECTORS * SECTOR_BYTES - step.position);
            const bytes = new Uint8Array(length).fill(step.fill);
            await file.write(step.position, [bytes]);
            contract.write(step.position, bytes);
          } else if (step.act === 'sync') {
            await file.syncData();
            contract.synced();
          } else {
            disk.crash();
            expect(contract.violations(disk.contents('/f'))).toEqual([]);
            contract.found(disk.contents('/f'));
            file = await disk.open('/f', 'read-write');
          }
        }
        const shown = disk.contents('/f');
        expect(shown).toHaveLength(contract.length);
        contract.synced();
        expect(contract.violations(shown)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
