import { parsePrincipal } from '@portolan/kernel';
import { createAccess, DEVELOPMENT_POLICY, ForbiddenError, RESOURCES, VERBS, type Action } from './access.ts';

const access = createAccess(DEVELOPMENT_POLICY);
const every = RESOURCES.flatMap((on) => VERBS.map((verb): Action => ({ verb, on })));

describe('the development policy', () => {
  it.each([
    ['anonymous', ['read catalog']],
    ['user:ada', ['read catalog']],
    ['service:demo-orders', ['read user', 'write user', 'read catalog', 'write catalog']],
    [
      'operator:grace',
      [
        'read user',
        'write user',
        'administer user',
        'read catalog-keyspace',
        'read catalog',
        'write catalog',
        'administer catalog',
      ],
    ],
  ])('lets %s do exactly %j', (text, expected) => {
    const principal = parsePrincipal(text);
    const allowed = every.filter((action) => access.allows(principal, action)).map(({ verb, on }) => `${verb} ${on}`);
    expect(allowed).toEqual(expected);
  });

  it('lets the system do everything', () => {
    expect(every.every((action) => access.allows(parsePrincipal('system:reconciler'), action))).toBe(true);
  });
});

describe('check', () => {
  it('passes what is allowed', () => {
    expect(() => {
      access.check(parsePrincipal('service:demo-orders'), { verb: 'write', on: 'user' });
    }).not.toThrow();
  });

  it('refuses the rest, and says who may', () => {
    const attempt = (): void => {
      access.check(parsePrincipal('user:ada'), { verb: 'administer', on: 'user' });
    };
    expect(attempt).toThrow(ForbiddenError);
    expect(attempt).toThrow('user:ada may not administer user');
    try {
      attempt();
    } catch (error) {
      expect(error).toMatchObject({ fix: 'call as one of: operator, system', code: 'ACCESS_FORBIDDEN' });
    }
  });
});
