import { memberId } from '@portolan/raft';
import type { MemberAddresses } from '@portolan/raft-peers';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import { PeerBookWriter, RETRY_MS } from './peer-book-writer.ts';

const bookAt = (version: number): readonly MemberAddresses[] => [
  { member: memberId(1n), name: 'a', version, addresses: ['a:2380'] },
];
const full = (): Error => Object.assign(new Error('no space left on device'), { code: 'ENOSPC', syscall: 'write' });

/** A disk whose writes end when a test says so. */
function disk() {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const telemetry = createTelemetry({
    ...{ app: 'test', logLevel: 'info', logFormat: 'json', clock },
    destination: {
      write: (line) => {
        lines.push(line);
      },
    },
  });
  const writes: { readonly version: number | undefined; readonly end: PromiseWithResolvers<undefined> }[] = [];
  const writer = new PeerBookWriter({
    write: async ([record]) => {
      const end = Promise.withResolvers<undefined>();
      writes.push({ version: record?.version, end });
      await end.promise;
    },
    clock,
    logger: telemetry.logger('peers'),
  });
  const settle = async (how: 'done' | Error): Promise<void> => {
    const last = writes.at(-1);
    if (how === 'done') last?.end.resolve(undefined);
    else last?.end.reject(how);
    await new Promise(setImmediate);
  };
  return { clock, lines, writes, writer, settle, versions: () => writes.map(({ version }) => version) };
}

describe('the peer book on disk', () => {
  it('is written once for all that changes during a write, and is then the last', async () => {
    const { writer, settle, versions } = disk();
    for (let version = 1; version <= 1_000; version += 1) writer.save(bookAt(version));
    expect(versions()).toEqual([1]);
    await settle('done');
    expect(versions()).toEqual([1, 1_000]);
    await settle('done');
    writer.save(bookAt(1_001));
    expect(versions()).toEqual([1, 1_000, 1_001]);
    await settle('done');
  });

  it('is tried again when the disk refuses it, said once, and in its newest state', async () => {
    const { writer, settle, versions, clock, lines } = disk();
    writer.save(bookAt(1));
    await settle(full());
    writer.save(bookAt(2));
    expect(versions()).toEqual([1]);
    await clock.advance(RETRY_MS);
    expect(versions()).toEqual([1, 2]);
    await settle(full());
    await clock.advance(RETRY_MS);
    expect(versions()).toEqual([1, 2, 2]);
    await settle('done');
    await clock.advance(10 * RETRY_MS);
    expect(versions()).toHaveLength(3);
    expect(lines.filter((line) => line.includes('cannot be kept on disk'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('kept on disk again'))).toHaveLength(1);
  });

  it('is as it was last once this is disposed of, and a disk that refuses it then is not waited for', async () => {
    const { writer, settle, versions, clock } = disk();
    writer.save(bookAt(1));
    writer.save(bookAt(2));
    const disposed = writer[Symbol.asyncDispose]();
    await settle('done');
    await settle(full());
    await settle(full());
    await disposed;
    await clock.advance(10 * RETRY_MS);
    expect(versions()).toEqual([1, 2, 2]);
  });
});
