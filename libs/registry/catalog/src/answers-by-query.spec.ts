import { incarnation, revision } from '@portolan/kv';
import type { Known } from './catalog-index.ts';
import { SHARED_ANSWERS_MAX } from './limits.ts';
import { CatalogRecords } from './records.ts';
import { EVERYTHING, instanceKey } from './keys.ts';
import { nameOf } from './plan-registration.ts';
import { CATALOG_PRINCIPAL, KEYSPACE } from './store-access.ts';
import { AnswersByQuery } from './answers-by-query.ts';
import { CatalogUnderTest, idsOf, OPERATOR, query, registration } from './testing/catalog-under-test.ts';

async function known(world: CatalogUnderTest): Promise<Known> {
  const { keyValues } = await world.store.range({
    principal: CATALOG_PRINCIPAL,
    keyspace: KEYSPACE,
    keys: { kind: 'from', key: EVERYTHING },
  });
  return { records: CatalogRecords.of(keyValues), at: { incarnation: incarnation('i'), revision: revision(5) } };
}

describe('answers from memory', () => {
  it('are shared by those who ask the same, until something changes', async () => {
    await using world = new CatalogUnderTest();
    await world.catalog.register({ principal: OPERATOR, registration: registration('a', { tags: ['x'] }) });
    const shared = new AnswersByQuery();
    const state = await known(world);
    const first = shared.answer(state, query());
    expect(idsOf(first)).toEqual(['a']);
    expect(shared.answer(state, query()).instances).toBe(first.instances);
    expect(idsOf(shared.answer(state, query({ tags: ['y'] })))).toEqual([]);
    state.records.delete(instanceKey(nameOf(registration('a'))));
    expect(idsOf(shared.answer(state, query()))).toEqual([]);
  });

  it('are kept of a bounded number of queries, and right of the others', async () => {
    await using world = new CatalogUnderTest();
    await world.catalog.register({ principal: OPERATOR, registration: registration('a', { tags: ['x'] }) });
    const shared = new AnswersByQuery();
    const state = await known(world);
    for (let count = 0; count < SHARED_ANSWERS_MAX; count += 1) shared.answer(state, query({ tags: [`t${count}`] }));
    const asked = query({ tags: ['x'] });
    const first = shared.answer(state, asked);
    expect(idsOf(first)).toEqual(['a']);
    expect(shared.answer(state, asked).instances).not.toBe(first.instances);
  });
});
