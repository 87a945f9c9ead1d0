import { InvalidRegistrationError } from '../errors.ts';
import { checkQuery } from './check-query.ts';
import { checkNode, checkRegistration, type RawRegistration } from './check-registration.ts';
import { checkInstanceName, checkReport, checkReports, type RawCheck } from './check-report.ts';
import type { Problem } from './problem.ts';

const RIGHT: RawRegistration = {
  service: 'cart',
  id: 'cart-1',
  address: '10.0.0.7',
  ports: [{ name: 'grpc', number: 5_000 }],
};
const REPORT: RawCheck = { id: 'ready', status: 'passing', since: 0 };

function problemsOf(check: () => unknown): readonly Problem[] {
  try {
    check();
  } catch (error) {
    if (error instanceof InvalidRegistrationError) return error.problems;
    throw error;
  }
  return [];
}

const fieldsOf = (check: () => unknown): string[] => problemsOf(check).map(({ field }) => field);
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('a registration', () => {
  it('becomes a whole one', () => {
    expect(
      checkRegistration({ ...RIGHT, node: '', weight: 0, tags: ['b', 'a', 'b'], metadata: { y: '', x: '1' } }),
    ).toEqual({
      ...RIGHT,
      node: undefined,
      weight: 100,
      tags: ['b', 'a'],
      metadata: { x: '1', y: '' },
    });
  });

  it.each(['10.0.0.7', 'fe80::1', '::1', 'cart.shop.svc', 'a_b', 'x'.repeat(63)])('takes the address %s', (address) => {
    expect(fieldsOf(() => checkRegistration({ ...RIGHT, address }))).toEqual([]);
  });

  it.each([
    '',
    '0.0.0.0',
    '::',
    '[::]',
    '0:0:0:0:0:0:0:0',
    '*',
    'http://x',
    'x:80',
    'a b',
    '-x',
    `${'x.'.repeat(127)}x`,
  ])('refuses the address "%s"', (address) => {
    expect(fieldsOf(() => checkRegistration({ ...RIGHT, address }))).toEqual(['address']);
  });

  it.each<[string, Partial<RawRegistration>, string]>([
    ['a service with a slash', { service: 'a/b' }, 'service'],
    ['a service that begins with a dot', { service: '.a' }, 'service'],
    ['a long service', { service: 'x'.repeat(64) }, 'service'],
    ['no id', { id: '' }, 'id'],
    ['a long id', { id: 'x'.repeat(129) }, 'id'],
    ['a node with a slash', { node: 'a/b' }, 'node'],
    ['no port', { ports: [] }, 'ports'],
    ['many ports', { ports: times(17, (index) => ({ name: `p${index}`, number: 1 })) }, 'ports'],
    ['a port twice', { ports: [...RIGHT.ports, ...RIGHT.ports] }, 'ports[1].name'],
    ['a nameless port', { ports: [{ name: '', number: 1 }] }, 'ports[0].name'],
    ['port 0', { ports: [{ name: 'x', number: 0 }] }, 'ports[0].number'],
    ['port 65536', { ports: [{ name: 'x', number: 65_536 }] }, 'ports[0].number'],
    ['many tags', { tags: times(65, (index) => `t${index}`) }, 'tags'],
    ['a long tag', { tags: ['ok', 'x'.repeat(129)] }, 'tags[1]'],
    ['a tag of two lines', { tags: ['a\nb'] }, 'tags[0]'],
    ['much metadata', { metadata: Object.fromEntries(times(65, (index) => [`k${index}`, ''])) }, 'metadata'],
    ['an empty metadata key', { metadata: { '': '' } }, 'metadata key'],
    ['a long metadata value', { metadata: { x: 'ä'.repeat(257) } }, 'metadata["x"]'],
    ['a negative weight', { weight: -1 }, 'weight'],
    ['a broken weight', { weight: 0.5 }, 'weight'],
    ['a large weight', { weight: 65_536 }, 'weight'],
  ])('with %s is refused', (_, wrong, field) => {
    expect(fieldsOf(() => checkRegistration({ ...RIGHT, ...wrong }))).toEqual([field]);
  });

  it('is told everything that is wrong with it, and what to do', () => {
    const wrong = { ...RIGHT, service: 'a/b', address: '0.0.0.0', ports: [{ name: 'x', number: 0 }] };
    expect(problemsOf(() => checkRegistration(wrong))).toEqual([
      {
        field: 'service',
        value: '"a/b"',
        limit: '1 to 63 letters, digits, "-", "_" and ".", beginning with a letter or digit',
        fix: 'choose another service',
      },
      {
        field: 'address',
        value: '"0.0.0.0"',
        limit: 'an address that callers can reach, not a wildcard',
        fix: 'advertise a host name or one of the addresses of this host',
      },
      {
        field: 'ports[0].number',
        value: '0',
        limit: 'a whole number from 1 to 65535',
        fix: 'register the port that the process really listens on',
      },
    ]);
    expect(() => checkRegistration(wrong)).toThrow(
      expect.objectContaining({
        code: 'CATALOG_INVALID_REGISTRATION',
        context: { fields: 'service, address, ports[0].number', problems: 3 },
      }) as Error,
    );
  });

  it('is shown only the beginning of what is long', () => {
    expect(problemsOf(() => checkRegistration({ ...RIGHT, id: '/'.repeat(10_000) }))[0]?.value).toHaveLength(83);
  });
});

it('a node is checked as an instance is', () => {
  expect(checkNode({ name: 'host-1', address: 'host-1' })).toEqual({ name: 'host-1', address: 'host-1', metadata: {} });
  expect(fieldsOf(() => checkNode({ name: '', address: '*', metadata: { '': '' } }))).toEqual([
    'node.name',
    'node.address',
    'node.metadata key',
  ]);
});

it('a name of an instance is checked', () => {
  expect(checkInstanceName({ service: 'a', instanceId: 'b' })).toEqual({ service: 'a', instanceId: 'b' });
  expect(fieldsOf(() => checkInstanceName({ service: '', instanceId: '' }))).toEqual(['service', 'instanceId']);
});

it('a query is checked; what is empty is not asked for', () => {
  expect(checkQuery({ service: 'a', portName: '' })).toEqual({
    service: 'a',
    tags: [],
    metadata: {},
    includeUnhealthy: false,
  });
  expect(fieldsOf(() => checkQuery({ service: '', portName: '/', tags: [''], metadata: { '': '' } }))).toEqual([
    'service',
    'portName',
    'tags[0]',
    'metadata key',
  ]);
});

describe('a report of a check', () => {
  it.each<[string, Partial<RawCheck>, string]>([
    ['an id with a slash', { id: 'a/b' }, 'check.id'],
    ["the registry's own id", { id: 'session' }, 'check.id'],
    ['an unknown status', { status: 'fine' }, 'check.status'],
    ['a long output', { output: 'x'.repeat(4_097) }, 'check.output'],
    ['a time that is none', { since: Number.NaN }, 'check.since'],
    ['a time that no calendar has', { since: 8.65e15 }, 'check.since'],
  ])('with %s is refused', (_, wrong, field) => {
    expect(fieldsOf(() => checkReport({ ...REPORT, ...wrong }))).toEqual([field]);
  });

  it('comes with others of other names, and not too many', () => {
    expect(checkReports([REPORT])).toEqual([{ ...REPORT, output: '' }]);
    expect(fieldsOf(() => checkReports([REPORT, REPORT]))).toEqual(['checks[1].id']);
    expect(fieldsOf(() => checkReports(times(17, (index) => ({ ...REPORT, id: `c${index}` }))))).toEqual(['checks']);
  });
});
