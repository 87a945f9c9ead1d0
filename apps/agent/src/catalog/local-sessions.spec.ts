import { checkInstanceName, checkReport, type CatalogSession } from '@portolan/catalog';
import { createSeededRng, type Principal } from '@portolan/kernel';
import { NOTHING, type LocalHost } from '@portolan/local-host';
import { VirtualClock } from '@portolan/virtual-world';
import { hostInMemory, registration } from '../testing/local-host.ts';
import { LocalSessions } from './local-sessions.ts';

const principal: Principal = { kind: 'service', name: 'web' };
const A = checkInstanceName({ service: 'web', instanceId: 'a' });
const ready = (status: string) => checkReport({ id: 'ready', status, since: 0 });

describe('a process of the host that registers itself', () => {
  const state = { written: NOTHING };
  let clock: VirtualClock;
  let host: LocalHost;
  let sessions: LocalSessions;
  beforeEach(async () => {
    clock = new VirtualClock();
    state.written = NOTHING;
    host = await hostInMemory(clock, state);
    sessions = new LocalSessions({ host, clock, rng: createSeededRng(1) });
  });
  afterEach(async () => {
    sessions[Symbol.dispose]();
    await host[Symbol.asyncDispose]();
  });
  const open = (more: object = {}): CatalogSession => sessions.open({ principal, ttlSeconds: 10, ...more });
  const health = (): string =>
    host
      .desired()
      .map(
        ({ registration: { id }, checks }) =>
          `${id}: ${checks.map(({ id: check, status }) => `${check} ${status}`).join(', ')}`,
      )
      .join('; ');

  it('is healthy while its stream is there, and as it reports', async () => {
    const session = open();
    await session.register(registration('a'), [ready('passing')]);
    expect(health()).toBe('a: process passing, ready passing');
    await session.reportCheck(A, ready('critical'));
    expect(health()).toBe('a: process passing, ready critical');
    await session.reportCheck(A, checkReport({ id: 'disk', status: 'warning', since: 0 }));
    expect(health()).toBe('a: process passing, ready critical, disk warning');
    await clock.advance(60_000);
    expect(await session.renew()).toEqual({ ttlSeconds: 10 });
    await session.deregister(A);
    expect(health()).toBe('');
    await expect(session.reportCheck(A, ready('passing'))).rejects.toMatchObject({
      code: 'CATALOG_INSTANCE_NOT_FOUND',
    });
  });

  it('turns critical a second after its stream broke, and goes when its time is over', async () => {
    const session = open();
    await session.register(registration('a'), []);
    session.broken();
    await clock.advance(999);
    expect(health()).toBe('a: process passing');
    await clock.advance(1);
    expect(health()).toBe('a: process critical');
    await clock.advance(10_000);
    expect(health()).toBe('');
  });

  it('goes on where it was when its stream is back', async () => {
    const first = open();
    await first.register(registration('a'), []);
    first.broken();
    await clock.advance(1_500);
    const second = open({ resumeLease: first.lease });
    expect(second).toMatchObject({ resumed: true, lease: first.lease });
    const stranger = open({ resumeLease: first.lease, principal: { kind: 'service', name: 'other' } });
    expect(stranger.resumed).toBe(false);
    await clock.advance(60_000);
    expect(health()).toBe('a: process passing');
    await expect(first.renew()).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
  });

  it('leaves nothing behind when it says goodbye, and nothing of another', async () => {
    const [one, other] = [open(), open()];
    await one.register(registration('a'), []);
    await other.register(registration('b'), []);
    await other.register(registration('a'), []);
    await one.close();
    expect(health()).toBe('a: process passing; b: process passing');
    await expect(one.deregister(A)).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
    await other.close();
    expect(health()).toBe('');
  });

  it('is neither broken nor gone when the agent ends', async () => {
    const session = open();
    expect(session.isEmpty).toBe(true);
    await session.register(registration('a'), []);
    expect(session.isEmpty).toBe(false);
    session.leave();
    session.broken();
    await session.close();
    await clock.advance(60_000);
    expect(health()).toBe('a: process passing');
    await expect(session.renew()).rejects.toMatchObject({ code: 'CATALOG_SESSION_ENDED' });
  });

  it('flaps nothing over a restart of the agent, when it comes back in time', async () => {
    await open().register(registration('a'), []);
    await open().register(registration('lost'), []);
    sessions[Symbol.dispose]();
    await using restarted = await hostInMemory(clock, state);
    let changes = 0;
    restarted.subscribe(() => (changes += 1));
    using again = new LocalSessions({ host: restarted, clock, rng: createSeededRng(2) });
    await clock.advance(5_000);
    expect(changes).toBe(0);
    await again.open({ principal, ttlSeconds: 10 }).register(registration('a'), []);
    await clock.advance(5_001);
    const statuses = () =>
      restarted.desired().map(({ registration: { id }, checks }) => `${id} ${checks[0]?.status ?? ''}`);
    expect(statuses()).toEqual(['a passing', 'lost critical']);
    await clock.advance(60_000);
    expect(statuses()).toEqual(['a passing']);
  });
});
