import fc from 'fast-check';
import type { CatalogSession } from './catalog.ts';
import { InstanceNotFoundError, InstanceTakenError, SessionEndedError } from './errors.ts';
import type { Health, Query } from './model.ts';
import { nameOf } from './plan-registration.ts';
import {
  CatalogUnderTest,
  check,
  collect,
  idsOf,
  OPERATOR,
  query,
  registration,
  SERVICE,
} from './testing/catalog-under-test.ts';

// Few names: that they meet is the point.
const anId = fc.constantFrom('a', 'b', 'c');
const aService = fc.constantFrom('cart', 'shop');
const aStatus = fc.constantFrom<Health[]>('passing', 'warning', 'critical');
const aSession = fc.nat({ max: 2 });
const aTag = fc.constantFrom('x', 'y');

const aStep = fc.oneof(
  fc.record({
    kind: fc.constant('register' as const),
    session: aSession,
    service: aService,
    id: anId,
    tag: aTag,
    status: aStatus,
  }),
  fc.record({ kind: fc.constant('deregister' as const), session: aSession, service: aService, id: anId }),
  fc.record({ kind: fc.constant('report' as const), session: aSession, service: aService, id: anId, status: aStatus }),
  fc.record({ kind: fc.constant('operate' as const), remove: fc.boolean(), service: aService, id: anId }),
  fc.record({
    kind: fc.constantFrom('break' as const, 'close' as const, 'resume' as const, 'renew' as const),
    session: aSession,
  }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 500, 1_100, 4_000, 12_000) }),
  fc.constant({ kind: 'restart' as const }),
);
type Step = typeof aStep extends fc.Arbitrary<infer S> ? S : never;

const QUERIES: readonly Query[] = [query(), query({ tags: ['x'] }), query({ service: 'shop', includeUnhealthy: true })];

class Run {
  readonly world = new CatalogUnderTest();
  readonly #sessions = new Map<number, CatalogSession>();

  async take(step: Step): Promise<void> {
    try {
      await this.#try(step);
    } catch (error) {
      const refused =
        error instanceof InstanceNotFoundError ||
        error instanceof InstanceTakenError ||
        error instanceof SessionEndedError;
      if (!refused) throw error;
      if (error instanceof SessionEndedError && 'session' in step) this.#sessions.delete(step.session);
    }
  }

  async #try(step: Step): Promise<void> {
    const { catalog, clock } = this.world;
    if (step.kind === 'wait') return clock.advance(step.ms);
    if (step.kind === 'restart') {
      await this.world.restartStore();
      return clock.advance(1_000);
    }
    if (step.kind === 'operate') {
      const one = registration(step.id, { service: step.service, tags: ['y'] });
      await (step.remove
        ? catalog.deregister({ principal: OPERATOR, ...nameOf(one) })
        : catalog.register({ principal: OPERATOR, registration: one }));
      return;
    }
    await this.#inSession(step);
  }

  async #inSession(step: Extract<Step, { readonly session: number }>): Promise<void> {
    const session = await this.#session(step.session);
    switch (step.kind) {
      case 'register': {
        const one = registration(step.id, { service: step.service, tags: [step.tag] });
        await session.register(one, [check('ready', step.status)]);
        return;
      }
      case 'deregister':
        await session.deregister(nameOf(registration(step.id, { service: step.service })));
        return;
      case 'report':
        await session.reportCheck(
          nameOf(registration(step.id, { service: step.service })),
          check('ready', step.status),
        );
        return;
      case 'renew':
        await session.renew();
        return;
      case 'break':
        session.broken();
        return;
      case 'close':
        await session.close();
        this.#sessions.delete(step.session);
        return;
      case 'resume':
        this.#sessions.set(step.session, await this.#open({ resumeLease: session.lease }));
    }
  }

  async #session(number: number): Promise<CatalogSession> {
    const session = this.#sessions.get(number) ?? (await this.#open({}));
    this.#sessions.set(number, session);
    return session;
  }

  #open(more: object): Promise<CatalogSession> {
    return this.world.catalog.openSession({ principal: SERVICE, ttlSeconds: 10, ...more });
  }
}

describe('whatever happens', () => {
  it('the last answer of a watch is that of a fresh resolve, and what is explained as included is what is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { minLength: 1, maxLength: 30 }), async (steps) => {
        const run = new Run();
        await using world = run.world;
        const { catalog } = world;
        const principal = SERVICE;
        const watches = QUERIES.map((asked) => ({
          asked,
          watching: collect((signal) => catalog.watch({ principal, query: asked }, signal)),
        }));
        const services = collect((signal) => catalog.watchServices({ principal }, signal));
        for (const step of steps) await run.take(step);
        await world.clock.advance(0);
        await using other = world.openCatalog();
        for (const { asked, watching } of watches) {
          const fresh = await catalog.resolve({ principal, query: asked, explain: true });
          const { incarnation, instances } = fresh;
          expect(watching.seen.at(-1)).toMatchObject({ incarnation, instances });
          expect(fresh.verdicts.filter(({ included }) => included).map(({ instanceId }) => instanceId)).toEqual(
            idsOf(fresh),
          );
          expect(await other.resolve({ principal, query: asked, serializable: true })).toMatchObject({
            incarnation,
            instances,
          });
          await watching.stop();
        }
        expect(services.seen.at(-1)?.services).toEqual((await catalog.services({ principal })).services);
        await services.stop();
      }),
      { numRuns: 150 },
    );
  });

  it('a past revision is answered as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          aStep.filter(({ kind }) => kind !== 'restart'),
          { maxLength: 20 },
        ),
        async (steps) => {
          const run = new Run();
          await using world = run.world;
          const principal = SERVICE;
          const answers = [];
          for (const step of steps) {
            await run.take(step);
            answers.push(await world.catalog.resolve({ principal, query: query(), explain: true }));
          }
          for (const then of answers) {
            const { revision } = then;
            expect(await world.catalog.resolve({ principal, query: query(), explain: true, revision })).toEqual(then);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
