import type { Subscription } from '@portolan/discovery/agent';
import { VirtualClock } from '@portolan/virtual-world';
import { IDLE_MS, QUESTIONS_MAX, RelayedAnswers } from './relayed-answers.ts';

const SUBJECT = { $case: 'services', value: {} } as const;

class Upstream {
  state: 'connected' | 'away' = 'connected';
  readonly asked = new Set<Subscription>();

  ask(subscription: Subscription): () => void {
    this.asked.add(subscription);
    return () => this.asked.delete(subscription);
  }

  answer(revision: bigint): void {
    for (const one of this.asked)
      one.answered({ $case: 'services', value: { incarnation: 'i', revision, services: [] } });
  }
}

async function read(answers: AsyncIterator<unknown>): Promise<unknown> {
  const next = await answers.next();
  return next.done === true ? 'over' : (next.value as { value: { revision: bigint } }).value.revision;
}

describe('answers for the services of a host', () => {
  const clock = new VirtualClock();

  it('are asked for once, and the newest is given to all', async () => {
    const upstream = new Upstream();
    using answers = new RelayedAnswers(upstream, clock);
    const stop = new AbortController();
    const [one, other] = [answers.each(SUBJECT, 'x', stop.signal), answers.each(SUBJECT, 'x', stop.signal)];
    const first = Promise.all([read(one), read(other)]);
    expect(upstream.asked.size).toBe(1);
    upstream.answer(1n);
    expect(await first).toEqual([1n, 1n]);
    upstream.answer(2n);
    upstream.answer(3n);
    expect(await read(one)).toBe(3n);
    const late = await answers.one(SUBJECT, 'x', undefined);
    expect(late).toMatchObject({ value: { revision: 3n } });
    stop.abort();
    expect(await read(one)).toBe('over');
  });

  it('stand while the registry is away, and are refused where there never was one', async () => {
    const upstream = new Upstream();
    using answers = new RelayedAnswers(upstream, clock);
    const known = answers.one(SUBJECT, 'services', undefined);
    upstream.answer(1n);
    await known;
    upstream.state = 'away';
    for (const one of upstream.asked) one.interrupted();
    expect(await answers.one(SUBJECT, 'services', undefined)).toMatchObject({ value: { revision: 1n } });
    const other = { $case: 'host', value: { node: 'n' } } as const;
    await expect(answers.one(other, 'the host n', undefined)).rejects.toMatchObject({ code: 'AGENT_REGISTRY_AWAY' });
  });

  it('are followed no longer than they are of use', async () => {
    const upstream = new Upstream();
    using answers = new RelayedAnswers(upstream, clock);
    const asked = answers.one(SUBJECT, 'services', undefined);
    upstream.answer(1n);
    await asked;
    await clock.advance(IDLE_MS - 1);
    expect(answers.size).toBe(1);
    await clock.advance(1);
    expect(answers.size).toBe(0);
    expect(upstream.asked.size).toBe(0);
  });

  it('are bounded, and say so', async () => {
    const upstream = new Upstream();
    using answers = new RelayedAnswers(upstream, clock);
    const stop = new AbortController();
    const ask = (node: string) => answers.one({ $case: 'host', value: { node } }, node, stop.signal);
    const waiting = Array.from({ length: QUESTIONS_MAX }, (_, index) => ask(`n-${index}`));
    await expect(ask('one-more')).rejects.toMatchObject({ code: 'AGENT_TOO_MANY_QUESTIONS' });
    stop.abort(new Error('enough'));
    const ended = await Promise.allSettled(waiting);
    expect(ended.every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('end with the refusal of the registry, or the patience of who asks', async () => {
    const upstream = new Upstream();
    using answers = new RelayedAnswers(upstream, clock);
    const impatient = new AbortController();
    const waiting = answers.one(SUBJECT, 'services', impatient.signal);
    impatient.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    const asked = answers.one(SUBJECT, 'services', undefined);
    const detail = { code: 'X', kind: 'invalid', message: 'no', fix: 'ask else', context: {} };
    for (const one of upstream.asked) one.refused(detail);
    await expect(asked).rejects.toMatchObject({ code: 'AGENT_REGISTRY_REFUSED', message: 'no', fix: 'ask else' });
  });
});
