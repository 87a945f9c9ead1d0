import { createMemoryCache } from '@portolan/cache';
import { VirtualClock } from '@portolan/virtual-world';
import express from 'express';
import request from 'supertest';
import { answering, type Answer } from './answering.ts';
import { KeptAnswers } from './kept-answers.ts';

function appOf(answer: (call: number) => Answer, ttlMs = 1_000) {
  const clock = new VirtualClock();
  const cache = createMemoryCache(clock);
  const kept = new KeptAnswers({ cache, clock, ttlMs });
  let calls = 0;
  const options = { clock, deadlineMs: 1_000, optionalDeadlineMs: 500, onMissing: () => undefined, kept };
  const app = express().get(
    '/things',
    answering(options, async () => answer((calls += 1))),
  );
  return { app, clock, cache, calls: () => calls };
}

const whole = (call: number): Answer => ({ status: 200, caching: 'catalogue', body: { call } });

it('gives a whole answer again while it is young, with its age, whatever the order of parameters', async () => {
  const { app, clock, calls } = appOf(whole, 5_000);
  const first = await request(app).get('/things?a=1&b=2');
  await clock.advance(3_000);
  const second = await request(app).get('/things?b=2&a=1&fields=call');
  expect([first.body, first.get('Age'), second.body, second.get('Age')]).toEqual([
    { call: 1 },
    undefined,
    { call: 1 },
    '3',
  ]);
  await clock.advance(2_001);
  expect((await request(app).get('/things?a=1&b=2')).body).toEqual({ call: 2 });
  expect(calls()).toBe(2);
});

it.each([
  ['a partial answer', 'partial', {}],
  ['one of a user', 'personal', {}],
  ['one for who wants a new one', 'catalogue', { 'Cache-Control': 'no-cache' }],
] as const)('makes %s anew', async (_what, caching, headers) => {
  const { app } = appOf((call) => ({ status: 200, caching, body: { call } }));
  await request(app).get('/things').set(headers);
  expect((await request(app).get('/things').set(headers)).body).toEqual({ call: 2 });
});

it('keeps nothing when it is told to keep nothing', async () => {
  const { app } = appOf(whole, 0);
  await request(app).get('/things');
  expect((await request(app).get('/things')).body).toEqual({ call: 2 });
});

it('tells apart what was asked for', async () => {
  const { app } = appOf(whole);
  await request(app).get('/things?a=1');
  expect((await request(app).get('/things?a=2')).body).toEqual({ call: 2 });
});

it.each(['not JSON', '{"storedAt":"yesterday"}', '[]'])(
  'makes its answer anew when what is kept is %s',
  async (text) => {
    const { app, cache } = appOf(whole);
    await cache.set('/things?', text, 1_000);
    expect((await request(app).get('/things')).body).toEqual({ call: 1 });
  },
);
