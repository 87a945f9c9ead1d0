import { setTimeout as passed } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { systemClock } from '@portolan/runtime';
import { VirtualClock } from '@portolan/virtual-world';
import { connect } from 'amqplib';
import { MessagingUnavailableError } from '../errors.ts';
import { Collector, describeMessaging, eventOf, missingRabbitMq, RabbitMqServer } from '../testing/index.ts';
import { AmqpMessaging, PUBLISH_TIMEOUT_MS } from './amqp-messaging.ts';
import { EXCHANGE } from './topology.ts';

jest.setTimeout(60_000);

const missing = missingRabbitMq();
/** Skipped aloud where RabbitMQ is not installed; with `PORTOLAN_REQUIRE_PEERS` it fails instead. */
const itWithRabbitMq = missing === undefined || process.env.PORTOLAN_REQUIRE_PEERS !== undefined ? it : it.skip;
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

let broker: RabbitMqServer | undefined;
/** One for all tests; each has groups and topics of its own. */
const running = async (): Promise<RabbitMqServer> => (broker ??= await RabbitMqServer.start());
afterAll(async () => {
  await broker?.[Symbol.asyncDispose]();
});

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const open = (url: string): Promise<AmqpMessaging> =>
  AmqpMessaging.open({ url, clock: systemClock, logger, name: 'test' });

describeMessaging(
  'events over RabbitMQ',
  async () => {
    const { url } = await running();
    const stack = new AsyncDisposableStack();
    return {
      open: async () => stack.use(await open(url)),
      pass: (ms) => passed(ms),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
  itWithRabbitMq,
);

itWithRabbitMq('loses no event and no reader when the broker is killed and started again under load', async () => {
  const { url } = await running();
  await using publisher = await open(url);
  await using reader = await open(url);
  const collector = new Collector();
  const audience = { kind: 'group', name: 'restart' } as const;
  await using held = new AsyncDisposableStack();
  held.use(await reader.subscribe({ audience, topics: ['restart.*'], ...collector.handling }));
  const ids = Array.from({ length: 300 }, (_, index) => `restart-${index}`);
  const publishing = (async () => {
    for (const id of ids) {
      await publisher.publish(eventOf('restart.now', id));
      await passed(5);
    }
  })();
  while (collector.seen.length < 50) await passed(5);
  await broker?.kill();
  await passed(300);
  await broker?.restart();
  await publishing;
  while (new Set(collector.seen).size < ids.length) await passed(20);
  expect([...new Set(collector.seen)].sort()).toEqual([...ids].sort());
});

itWithRabbitMq('gives what a reader had in hand when it died to another', async () => {
  const { url } = await running();
  const dying = await open(url);
  await using living = await open(url);
  const audience = { kind: 'group', name: 'inherit' } as const;
  const reached = Promise.withResolvers<undefined>();
  const stuck = Promise.withResolvers<undefined>();
  await dying.subscribe({
    audience,
    topics: ['inherit.*'],
    handle: async () => {
      reached.resolve(undefined);
      await stuck.promise;
      throw new Error('its process is gone');
    },
  });
  await living.publish(eventOf('inherit.now', 'inherited'));
  await reached.promise;
  const collector = new Collector();
  await using held = new AsyncDisposableStack();
  held.use(await living.subscribe({ audience, topics: ['inherit.*'], ...collector.handling }));
  // Its connection ends without a word, as that of a process that was killed.
  const ending = dying[Symbol.asyncDispose]();
  stuck.resolve(undefined);
  await ending;
  while (collector.seen.length === 0) await passed(20);
  expect(collector.seen).toEqual(['inherited']);
});

itWithRabbitMq('puts aside what is no event', async () => {
  const { url } = await running();
  await using messaging = await open(url);
  const collector = new Collector();
  const audience = { kind: 'group', name: 'foreign' } as const;
  await using held = new AsyncDisposableStack();
  held.use(await messaging.subscribe({ audience, topics: ['foreign.*'], ...collector.handling }));
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  channel.publish(EXCHANGE, 'foreign.now', Buffer.from('not JSON'));
  await channel.waitForConfirms();
  await connection.close();
  while ((await messaging.deadLetters('foreign')).length === 0) await passed(20);
  expect(await messaging.deadLetters('foreign')).toEqual([{ event: undefined, attempts: 1, reason: 'not an event' }]);
  expect(collector.seen).toEqual([]);
});

it('says that nobody took an event when there is no broker', async () => {
  const clock = new VirtualClock();
  await using messaging = await AmqpMessaging.open({ url: 'amqp://127.0.0.1:1', clock, logger, name: 'test' });
  const publishing = messaging.publish(eventOf('order.placed', 'e-1')).catch((error: unknown) => error);
  await clock.advance(PUBLISH_TIMEOUT_MS);
  expect(await publishing).toBeInstanceOf(MessagingUnavailableError);
  await expect(
    messaging.publish(eventOf('order.placed', 'e-2'), AbortSignal.abort(new Error('enough'))),
  ).rejects.toMatchObject({ cause: { message: 'enough' } });
});
