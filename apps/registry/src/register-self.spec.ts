import { createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import { checkRegistration, createCatalog } from '@portolan/catalog';
import { ANONYMOUS } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { freshStore, instance } from '@portolan/native-dialect/testing';
import { registerSelf } from './register-self.ts';

describe('the registry in its own catalog', () => {
  it('is there as long as it runs, and after a stall that outlived its session', async () => {
    const clock = new VirtualClock();
    await using store = freshStore(clock);
    await using catalog = createCatalog({ store, clock, access: createAccess(DEVELOPMENT_POLICY) });
    const names = async (): Promise<readonly string[]> =>
      (await catalog.services({ principal: ANONYMOUS })).services.map(({ name }) => name);
    const registration = checkRegistration(instance('registry', 'registry-1'));
    const self = registerSelf({ catalog, clock, registration, goodbyeMs: 1_000 });
    await self.whenRegistered;
    await clock.advance(600_000);
    expect(await names()).toEqual(['registry']);
    for (const id of (await store.leases({ principal: ANONYMOUS })).ids) {
      await store.revokeLease({ principal: ANONYMOUS, id });
    }
    expect(await names()).toEqual([]);
    await clock.advance(30_000);
    expect(await names()).toEqual(['registry']);
    await self[Symbol.asyncDispose]();
    expect(await names()).toEqual([]);
  });
});
