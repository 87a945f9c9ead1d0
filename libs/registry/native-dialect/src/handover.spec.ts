import { Handover } from './handover.ts';

const never = new AbortController().signal;

describe('a handover', () => {
  it('keeps a producer waiting until its item is taken, first come, first served', async () => {
    const handover = new Handover<string>();
    const log: string[] = [];
    const produce = async (name: string): Promise<void> => {
      await handover.offer(name, never);
      log.push(`${name} taken`);
    };
    const producing = Promise.all([produce('a'), produce('b')]);
    const items = handover[Symbol.asyncIterator]();
    expect(await items.next()).toMatchObject({ value: 'a' });
    expect(log).toEqual(['a taken']);
    handover.finish();
    expect(await items.next()).toMatchObject({ value: 'b' });
    await producing;
    expect((await items.next()).done).toBe(true);
  });

  it('forgets what was withdrawn', async () => {
    const handover = new Handover<string>();
    const abort = new AbortController();
    const withdrawn = handover.offer('a', abort.signal);
    const kept = handover.offer('b', never);
    abort.abort();
    await withdrawn;
    expect(await handover[Symbol.asyncIterator]().next()).toMatchObject({ value: 'b' });
    await kept;
    await handover.offer('c', abort.signal);
  });

  it('fails at once, and leaves nobody waiting', async () => {
    const handover = new Handover<string>();
    const items = handover[Symbol.asyncIterator]();
    const waiting = items.next();
    const offered = handover.offer('a', never);
    handover.fail(new Error('first'));
    handover.fail(new Error('second'));
    await offered;
    await expect(waiting).rejects.toThrow('first');
    await handover.offer('b', never);
  });
});
