import { keyOf, rangeIncludes } from '@portolan/kv';
import { checkKey, checksOfInstance, instanceKey, instancesOf, nodeKey, parseKey } from './keys.ts';
import { check, registration } from './testing/catalog-under-test.ts';
import { nameOf } from './plan-registration.ts';
import { checkNode } from './input/check-registration.ts';

const name = nameOf(registration('a.1'));

describe('a key', () => {
  it('says what it is about', () => {
    expect(parseKey(instanceKey(name))).toEqual({ kind: 'instance', ...name });
    expect(parseKey(checkKey(name, check('ready', 'passing').id))).toEqual({
      kind: 'check',
      ...name,
      checkId: 'ready',
    });
    expect(parseKey(nodeKey(checkNode({ name: 'host-1', address: 'host-1' }).name))).toEqual({
      kind: 'node',
      name: 'host-1',
    });
  });

  it.each([
    '',
    'instances',
    'instances/',
    'instances/a',
    'instances/a/',
    'instances/a/b/c',
    'checks/a/b',
    'checks/a/b/c/d',
    'nodes/',
    'nodes/a/b',
    'x/a/b',
  ])('of another shape, such as "%s", is about nothing', (text) => {
    expect(parseKey(keyOf(text))).toBeUndefined();
  });

  it('is in the range of its own service and instance only', () => {
    const longer = registration('a.1', { service: 'cart-2' });
    expect(rangeIncludes(instancesOf(name.service), instanceKey(nameOf(longer)))).toBe(false);
    expect(rangeIncludes(instancesOf(name.service), instanceKey(name))).toBe(true);
    const { id } = check('ready', 'passing');
    expect(rangeIncludes(checksOfInstance(name), checkKey(nameOf(registration('a.10')), id))).toBe(false);
  });
});
