import * as proto from '@portolan/contracts/catalog';
import { keyOf, revision, type KeyValue } from '@portolan/kv';
import fc from 'fast-check';
import { CatalogRecords } from './records.ts';
import { checkValue, instanceValue, nodeValue, readCheck, readInstance, readNode } from './stored-values.ts';
import { SERVICES, serviceTopic } from './topics.ts';
import { aCheck, aNode, anOwner, aRegistration } from './testing/arbitraries.ts';
import { registration } from './testing/catalog-under-test.ts';

function stored(key: string, value: Uint8Array): KeyValue {
  const at = revision(1);
  return { key: keyOf(key), value, createRevision: at, modRevision: at, version: 1, lease: undefined };
}

describe('a stored value', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(aRegistration, anOwner, aCheck, aNode, (one, owner, check, node) => {
        expect(readInstance(stored('k', instanceValue(one, owner)))).toEqual({ registration: one, owner });
        expect(readCheck(stored('k', checkValue(check)))).toEqual(check);
        expect(readNode(stored('k', nodeValue(node)))).toEqual(node);
      }),
    );
  });

  it.each<[string, Uint8Array, string]>([
    [
      'of a newer version',
      proto.StoredInstance.encode({ formatVersion: 2, registration: undefined, owner: undefined }).finish(),
      'its format is 2, this version knows up to 1',
    ],
    ['of no version', Uint8Array.of(), 'its format is 0, this version knows up to 1'],
    [
      'without content',
      proto.StoredInstance.encode({ formatVersion: 1, registration: undefined, owner: undefined }).finish(),
      'the store sent an instance without a registration',
    ],
    ['that is no message', Uint8Array.of(0xff, 0xff, 0xff), 'it is no such message'],
  ])('%s is an error that names its key', (_, value, what) => {
    expect(() => readInstance(stored('instances/cart/a', value))).toThrow(
      expect.objectContaining({
        code: 'CATALOG_UNREADABLE_RECORD',
        message: `the value of instances/cart/a cannot be read: ${what}`,
      }) as Error,
    );
  });

  it('that names another instance than its key is an error', () => {
    const value = instanceValue(registration('b'), { kind: 'operator', principal: 'operator:ada' });
    const records = CatalogRecords.of([stored('instances/cart/a', value)]);
    expect(() => records.instancesOf(registration('b').service)).toThrow(/it says it is instances\/cart\/b/);
  });
});

it('checks without an instance are nothing', () => {
  const { service } = registration('a');
  const value = proto.StoredCheck.encode({ formatVersion: 1, check: undefined }).finish();
  const records = CatalogRecords.of([stored('checks/cart/a/ready', value)]);
  expect(records.instancesOf(service)).toEqual([]);
  expect(records.delete(keyOf('checks/cart/a/ready'))).toEqual([serviceTopic(service), SERVICES]);
  expect(records.serviceNames()).toEqual([]);
});
