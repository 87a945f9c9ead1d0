import { MalformedEventError, type EventRecord } from '../event.ts';
import type { Audience, Messaging, Subscription } from '../messaging.ts';

export interface MessagingUnderTest extends AsyncDisposable {
  /** As another process has it; for events within one process, the same. */
  open(): Promise<Messaging>;
  /** Lets a moment pass in which retries come due. */
  pass(ms: number): Promise<void>;
}

type Test = (name: string, test: () => Promise<void>) => void;

/** Short, or the suite on a real broker takes minutes. */
const RETRY_MS = 50;

let worlds = 0;

/** What every transport of events promises. */
export function describeMessaging(name: string, start: () => Promise<MessagingUnderTest>, test: Test = it): void {
  describe(name, () => {
    const group = (): Audience => ({ kind: 'group', name: `group-${process.pid}-${(worlds += 1)}` });
    const topicOf = ({ name: own }: Audience): string => `t-${own}.placed`;

    test('hands an event to one of a group, and to each instance', async () => {
      await using world = await start();
      const messaging = await world.open();
      const audience = group();
      const topic = topicOf(audience);
      const members = [new Collector(), new Collector()];
      const instances = [new Collector(), new Collector()];
      await using stack = new AsyncDisposableStack();
      for (const member of members)
        stack.use(await messaging.subscribe({ audience, topics: [topic], ...member.handling }));
      for (const [index, instance] of instances.entries()) {
        const each: Audience = { kind: 'instance', name: `${audience.name}-each`, instance: `i-${index}` };
        stack.use(await messaging.subscribe({ audience: each, topics: [topic], ...instance.handling }));
      }
      const events = Array.from({ length: 20 }, (_, index) => eventOf(topic, `e-${audience.name}-${index}`));
      for (const event of events) await messaging.publish(event);
      const ids = events.map(({ id }) => id).sort();
      await settled(world, () => [...members, ...instances].reduce((sum, { seen }) => sum + seen.length, 0) === 60);
      expect(members.flatMap(({ seen }) => seen).sort()).toEqual(ids);
      for (const instance of instances) expect([...instance.seen].sort()).toEqual(ids);
      expect(instances[0]?.events.find(({ id }) => id === events[0]?.id)).toEqual(events[0]);
    });

    test('hands over what matches a topic and nothing else', async () => {
      await using world = await start();
      const messaging = await world.open();
      const audience = group();
      const collector = new Collector();
      const topics = [`x-${audience.name}.*`, `y-${audience.name}.#`];
      await using held = new AsyncDisposableStack();
      held.use(await messaging.subscribe({ audience, topics, ...collector.handling }));
      for (const [topic, id] of [
        [`x-${audience.name}.a`, 'one'],
        [`x-${audience.name}.a.b`, 'none'],
        [`y-${audience.name}.a.b`, 'two'],
        [`z-${audience.name}.a`, 'none-either'],
        [`y-${audience.name}`, 'three'],
      ] as const) {
        await messaging.publish(eventOf(topic, `${id}-${audience.name}`));
      }
      await settled(world, () => collector.seen.length >= 3);
      expect([...collector.seen].sort()).toEqual(['one', 'three', 'two'].map((id) => `${id}-${audience.name}`));
    });

    test('takes events of one id for one event', async () => {
      await using world = await start();
      const messaging = await world.open();
      const audience = group();
      const collector = new Collector();
      const topic = topicOf(audience);
      await using held = new AsyncDisposableStack();
      held.use(await messaging.subscribe({ audience, topics: [topic], ...collector.handling }));
      const event = eventOf(topic, `twice-${audience.name}`);
      await messaging.publish(event);
      await messaging.publish(event);
      await settled(world, () => collector.seen.length >= 1);
      await messaging.publish(event);
      await messaging.publish(eventOf(topic, `last-${audience.name}`));
      await settled(world, () => collector.seen.length >= 2);
      expect(collector.seen).toEqual([`twice-${audience.name}`, `last-${audience.name}`]);
    });

    test('tries again what failed, lets nobody wait for it, and puts it aside in the end', async () => {
      await using world = await start();
      const messaging = await world.open();
      const audience = group();
      const topic = topicOf(audience);
      const collector = new Collector(async ({ id }, attempt) => {
        if (id.startsWith('bad') || (id.startsWith('late') && attempt < 3)) throw new Error(`not now, ${attempt}`);
      });
      const retryDelaysMs = [RETRY_MS, RETRY_MS];
      await using held = new AsyncDisposableStack();
      held.use(
        await messaging.subscribe({
          audience,
          topics: [topic],
          retryDelaysMs,
          concurrencyMax: 1,
          ...collector.handling,
        }),
      );
      for (const id of ['bad', 'late', 'good']) await messaging.publish(eventOf(topic, `${id}-${audience.name}`));
      const attemptsAt = (id: string): readonly number[] =>
        collector.attempts.filter((one) => one.id.startsWith(id)).map(({ attempt }) => attempt);
      await settled(world, () => attemptsAt('bad').length >= 3 && attemptsAt('late').length >= 3);
      expect([attemptsAt('bad'), attemptsAt('late'), attemptsAt('good')]).toEqual([[1, 2, 3], [1, 2, 3], [1]]);
      await settled(world, async () => (await messaging.deadLetters(audience.name)).length > 0);
      // Looked at twice: they stay.
      for (const letters of [await messaging.deadLetters(audience.name), await messaging.deadLetters(audience.name)]) {
        expect(letters).toMatchObject([{ attempts: 3, reason: 'not now, 3', event: { id: `bad-${audience.name}` } }]);
      }
    });

    test('keeps for a group what happens while none of it runs', async () => {
      await using world = await start();
      const messaging = await world.open();
      const audience = group();
      const topic = topicOf(audience);
      const collector = new Collector();
      const subscription: Subscription = { audience, topics: [topic], ...collector.handling };
      await using first = await messaging.subscribe(subscription);
      await first[Symbol.asyncDispose]();
      await messaging.publish(eventOf(topic, `waiting-${audience.name}`));
      await using held = new AsyncDisposableStack();
      held.use(await messaging.subscribe(subscription));
      await settled(world, () => collector.seen.length > 0);
      expect(collector.seen).toEqual([`waiting-${audience.name}`]);
    });

    test('finishes what is at hand before a subscription ends, and begins nothing more', async () => {
      await using world = await start();
      const messaging = await world.open();
      const audience = group();
      const topic = topicOf(audience);
      const go = Promise.withResolvers<undefined>();
      const collector = new Collector(() => go.promise.then(() => undefined));
      const subscription = await messaging.subscribe({
        audience,
        topics: [topic],
        concurrencyMax: 1,
        ...collector.handling,
      });
      await messaging.publish(eventOf(topic, `first-${audience.name}`));
      await messaging.publish(eventOf(topic, `second-${audience.name}`));
      await settled(world, () => collector.attempts.length === 1);
      let ended = false;
      const ending = subscription[Symbol.asyncDispose]().then(() => {
        ended = true;
      });
      await world.pass(20);
      expect(ended).toBe(false);
      go.resolve(undefined);
      await ending;
      await world.pass(20);
      expect(collector.seen).toHaveLength(1);
      const next = new Collector();
      await using held = new AsyncDisposableStack();
      held.use(await messaging.subscribe({ audience, topics: [topic], ...next.handling }));
      await settled(world, () => next.seen.length > 0);
      expect([...collector.seen, ...next.seen].sort()).toEqual([`first-${audience.name}`, `second-${audience.name}`]);
    });

    test('counts no attempt that its own end interrupted', async () => {
      await using world = await start();
      const messaging = await world.open();
      const audience = group();
      const topic = topicOf(audience);
      const reached = Promise.withResolvers<undefined>();
      const subscription = await messaging.subscribe({
        audience,
        topics: [topic],
        retryDelaysMs: [],
        handle: (_event, { signal }) =>
          new Promise((_resolve, reject) => {
            reached.resolve(undefined);
            signal.addEventListener('abort', () => {
              reject(new Error('no time'));
            });
          }),
      });
      await messaging.publish(eventOf(topic, `interrupted-${audience.name}`));
      let isReached = false;
      void reached.promise.then(() => (isReached = true));
      await settled(world, () => isReached);
      await subscription[Symbol.asyncDispose]();
      const next = new Collector();
      await using held = new AsyncDisposableStack();
      held.use(await messaging.subscribe({ audience, topics: [topic], retryDelaysMs: [], ...next.handling }));
      await settled(world, () => next.seen.length > 0);
      expect(next.attempts).toEqual([{ id: `interrupted-${audience.name}`, attempt: 1 }]);
      expect(await messaging.deadLetters(audience.name)).toEqual([]);
    });

    test('refuses what is no event, and what is too long for one', async () => {
      await using world = await start();
      const messaging = await world.open();
      await expect(messaging.publish(eventOf('no topic', 'e-1'))).rejects.toThrow(MalformedEventError);
      await expect(messaging.publish({ ...eventOf('order.placed', 'e-1'), data: 'x'.repeat(70_000) })).rejects.toThrow(
        /more than 65536/,
      );
    });
  });
}

export const eventOf = (topic: string, id: string): EventRecord => ({
  id,
  topic,
  occurredAt: Date.UTC(2026, 2, 1),
  data: { of: id },
});

/** What was handled, and what was tried. */
export class Collector {
  readonly events: EventRecord[] = [];
  readonly attempts: { readonly id: string; readonly attempt: number }[] = [];
  readonly handling: Pick<Subscription, 'handle'>;

  constructor(deal: (event: EventRecord, attempt: number) => Promise<void> = async () => undefined) {
    this.handling = {
      handle: async (event, { attempt }) => {
        this.attempts.push({ id: event.id, attempt });
        await deal(event, attempt);
        this.events.push(event);
      },
    };
  }

  get seen(): readonly string[] {
    return this.events.map(({ id }) => id);
  }
}

/** Lets time pass until the condition holds; the test's limit is the guard. */
async function settled(world: MessagingUnderTest, condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await world.pass(RETRY_MS / 5);
}
