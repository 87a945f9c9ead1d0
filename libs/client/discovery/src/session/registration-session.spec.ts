import { connected } from '../testing/connected.ts';
import { refusal, StandInRegistry, type SeenSession } from '../testing/stand-in-registry.ts';
import { until, untilAfter } from '../testing/until.ts';
import { WatchStream } from '../watching/watch-stream.ts';
import { DEREGISTER_MS, RegistrationSession, TTL_SECONDS } from './registration-session.ts';
import { ANSWER_MS } from './session-stream.ts';

const NEVER = new AbortController().signal;
const RENEW_MS = (TTL_SECONDS * 1_000) / 3;
const orders = { service: 'orders', id: 'o-1', address: '127.0.0.1', ports: { grpc: 5_000, ops: 6_000 } };
const steps = (session: SeenSession | undefined): readonly string[] =>
  (session?.requests ?? []).map(({ $case }) => $case);

function open(...registries: readonly StandInRegistry[]): AsyncDisposable & {
  readonly session: RegistrationSession;
} & Pick<ReturnType<typeof connected>, 'clock' | 'link' | 'log'> {
  const base = connected(...registries);
  const watch = new WatchStream(base);
  const session = new RegistrationSession(base);
  return {
    ...base,
    session,
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]();
      await watch[Symbol.asyncDispose]();
      await base[Symbol.asyncDispose]();
    },
  };
}

describe('the registrations of a process', () => {
  it('are made in one session, with their checks, and renewed every third of its time to live', async () => {
    await using registry = await StandInRegistry.start();
    await using process = open(registry);
    const first = process.session.register(orders);
    first.reportCheck({ id: 'ready', status: 'passing' });
    const second = process.session.register({ ...orders, id: 'o-2' });
    expect(first.registered).toBe(false);
    await Promise.all([first.whenRegistered(NEVER), second.whenRegistered(NEVER)]);
    expect(first.registered).toBe(true);
    expect(registry.instances).toEqual(['orders/o-1', 'orders/o-2']);
    expect(registry.checksOf('orders/o-1')).toEqual(['ready: passing']);
    expect(process.session.counts).toEqual({ wanted: 2, registered: 2 });
    await process.clock.advance(RENEW_MS);
    await until(() => steps(registry.sessions[0]).includes('renew'));
    expect(steps(registry.sessions[0])).toEqual(['open', 'register', 'register', 'renew']);
    expect(registry.sessions).toHaveLength(1);
  });

  it('report the transitions of their checks, and nothing else', async () => {
    await using registry = await StandInRegistry.start();
    await using process = open(registry);
    const registration = process.session.register(orders);
    await registration.whenRegistered(NEVER);
    registration.reportCheck({ id: 'ready', status: 'warning' });
    registration.reportCheck({ id: 'ready', status: 'warning', output: 'still' });
    registration.reportCheck({ id: 'disk', status: 'passing' });
    await until(() => registry.checksOf('orders/o-1').length === 2);
    expect(steps(registry.sessions[0])).toEqual(['open', 'register', 'report', 'report']);
  });

  it('go on with their lease when the stream breaks', async () => {
    await using registry = await StandInRegistry.start();
    await using process = open(registry);
    const registration = process.session.register(orders);
    await registration.whenRegistered(NEVER);
    const { current } = process.link;
    if (current !== undefined) process.link.lost(current, new Error('cut by the test'));
    await untilAfter(process.clock, 100, () => registration.registered && registry.sessions.length === 2);
    expect(registry.sessions[1]?.requests[0]).toMatchObject({ $case: 'open', value: { resumeLease: 1n } });
    expect(registry.sessions[0]?.end).toBe('broken');
  });

  it('are made again when the registry comes back without them, as another incarnation', async () => {
    await using registry = await StandInRegistry.start();
    await using process = open(registry);
    const registration = process.session.register(orders);
    registration.reportCheck({ id: 'ready', status: 'passing' });
    await registration.whenRegistered(NEVER);
    await registry.stop();
    await until(() => !registration.registered);
    await using restarted = await StandInRegistry.start({ port: registry.port, incarnation: 'b' });
    await untilAfter(process.clock, 1_000, () => registration.registered);
    expect(restarted.instances).toEqual(['orders/o-1']);
    expect(restarted.checksOf('orders/o-1')).toEqual(['ready: passing']);
  });

  it('are made once there is a registry, when there was none', async () => {
    await using away = await StandInRegistry.start();
    await away.stop();
    await using process = open(away);
    const registration = process.session.register(orders);
    await until(() => process.link.state === 'away');
    expect(registration.registered).toBe(false);
    await using registry = await StandInRegistry.start({ port: away.port });
    await untilAfter(process.clock, 1_000, () => registration.registered);
    expect(registry.instances).toEqual(['orders/o-1']);
  });

  it('are given up when the registry refuses them: said once in the log, and to whoever waits', async () => {
    await using registry = await StandInRegistry.start();
    registry.refuse = ({ $case }) => ($case === 'register' ? refusal('invalid', 'the port is 0') : undefined);
    await using process = open(registry);
    const registration = process.session.register(orders);
    await expect(registration.whenRegistered(NEVER)).rejects.toMatchObject({
      code: 'DISCOVERY_REGISTRATION_REFUSED',
      kind: 'invalid',
      fix: 'ask otherwise',
      message: 'the registry refuses orders/o-1: the port is 0',
    });
    await process.clock.advance(RENEW_MS);
    await until(() => steps(registry.sessions[0]).includes('renew'));
    expect(steps(registry.sessions[0])).toEqual(['open', 'register', 'renew']);
    expect(process.log.at('error')).toEqual(['the registry refuses a registration']);
  });

  it('are tried again, ever more slowly, while the registry cannot take them', async () => {
    await using registry = await StandInRegistry.start();
    let refusals = 0;
    registry.refuse = ({ $case }) =>
      $case === 'register' && (refusals += 1) <= 3 ? refusal('conflict', 'taken') : undefined;
    await using process = open(registry);
    const registration = process.session.register(orders);
    await until(() => refusals === 1);
    await untilAfter(process.clock, 500, () => registration.registered);
    expect(refusals).toBe(4);
  });

  it('are asked about again on another stream when the registry falls silent', async () => {
    await using registry = await StandInRegistry.start();
    registry.refuse = ({ $case }) => ($case === 'register' ? 'silence' : undefined);
    await using process = open(registry);
    const registration = process.session.register(orders);
    await until(() => steps(registry.sessions[0]).includes('register'));
    registry.refuse = () => undefined;
    await process.clock.advance(ANSWER_MS);
    await untilAfter(process.clock, 100, () => registration.registered);
    expect(registry.sessions).toHaveLength(2);
  });

  it('are taken out one by one, and the last says goodbye', async () => {
    await using registry = await StandInRegistry.start();
    await using process = open(registry);
    const first = process.session.register(orders);
    const second = process.session.register({ ...orders, id: 'o-2' });
    await Promise.all([first.whenRegistered(NEVER), second.whenRegistered(NEVER)]);
    await first.deregister();
    expect(registry.instances).toEqual(['orders/o-2']);
    expect(registry.sessions[0]?.end).toBe('open');
    await second[Symbol.asyncDispose]();
    expect(registry.instances).toEqual([]);
    await until(() => registry.sessions[0]?.end === 'goodbye');
    const third = process.session.register({ ...orders, id: 'o-3' });
    await untilAfter(process.clock, 100, () => third.registered);
    expect(registry.sessions[1]?.requests[0]).toMatchObject({ $case: 'open', value: { resumeLease: 0n } });
  });

  it('are all taken out, with a goodbye, when the process ends', async () => {
    await using registry = await StandInRegistry.start();
    const process = open(registry);
    const registration = process.session.register(orders);
    await registration.whenRegistered(NEVER);
    await process[Symbol.asyncDispose]();
    expect(registry.instances).toEqual([]);
    expect(registry.sessions[0]?.end).toBe('goodbye');
    expect(() => process.session.register(orders)).toThrow('discovery is closed');
  });

  it('hold nobody up at the end when the registry is away, or silent', async () => {
    const registry = await StandInRegistry.start();
    const process = open(registry);
    const registration = process.session.register(orders);
    await registration.whenRegistered(NEVER);
    registry.refuse = () => 'silence';
    const ended = process[Symbol.asyncDispose]();
    await process.clock.advance(DEREGISTER_MS);
    await ended;
    expect(process.log.at('warn')).toContain('the registry did not confirm the deregistration: the lease removes it');

    await registry.stop();
    const alone = open(registry);
    const unheard = alone.session.register(orders);
    await until(() => alone.link.state === 'away');
    await unheard.deregister();
    await alone[Symbol.asyncDispose]();
    const left = 'deregistered without the registry: if it has it, its lease removes it';
    expect(alone.log.at('warn').filter((message) => message === left)).toHaveLength(1);
  });

  it('that were to be taken out while the registry was away are, when it is back with them', async () => {
    await using registry = await StandInRegistry.start();
    await using process = open(registry);
    const gone = process.session.register(orders);
    const stays = process.session.register({ ...orders, id: 'o-2' });
    await Promise.all([gone.whenRegistered(NEVER), stays.whenRegistered(NEVER)]);
    await registry.stop();
    await until(() => !gone.registered);
    await gone.deregister();
    await using restarted = await StandInRegistry.start({ port: registry.port });
    restarted.leases.add(1n);
    restarted.put('orders', 'o-1', 5_000);
    await untilAfter(process.clock, 1_000, () => stays.registered && !restarted.instances.includes('orders/o-1'));
    expect(restarted.instances).toEqual(['orders/o-2']);
  });
});
