import { parseServices } from './parse-services.ts';

const GOOD = `
services:
  - service: erp
    id: erp-1
    address: 10.0.0.9
    ports: { http: 8080, ops: 9090 }
    tags: [legacy]
    metadata: { gateway: expose }
    weight: 50
    checks:
      - { kind: http, id: up, url: "http://10.0.0.9:8080/health", interval: 5s, timeout: 500ms, failureThreshold: 2 }
      - { kind: tcp, id: port, host: 10.0.0.9, port: 8080, deregisterAfter: 1m30s }
  - { service: mail, id: mail-1, address: mail.example, ports: { smtp: 25 } }
`;

it('reads what a file lists, YAML or JSON', () => {
  const entries = parseServices(GOOD, 'services.yaml');
  expect(entries).toMatchObject([
    {
      registration: { service: 'erp', weight: 50, ports: [{ name: 'http', number: 8_080 }, { name: 'ops' }] },
      checks: [
        { kind: 'http', intervalMs: 5_000, timeoutMs: 500, failureThreshold: 2 },
        { kind: 'tcp', deregisterAfterMs: 90_000 },
      ],
    },
    { registration: { service: 'mail', weight: 100 }, checks: [] },
  ]);
  const json = '{"services":[{"service":"a","id":"a","address":"h","ports":{"http":1}}]}';
  expect(parseServices(json, 'services.json')).toMatchObject([{ registration: { service: 'a' } }]);
  expect(parseServices('', 'empty')).toEqual([]);
});

it.each<[string, RegExp]>([
  ['services:\n  - [unclosed', /line 2: /],
  ['services:\n  - service: a\n    id: a\n    address: h\n    ports: {}\n', /line 2: ports is 0 ports/],
  [
    'services:\n  - service: a\n    id: a\n    address: h\n    ports: { http: x }\n',
    /line 5: services\.0\.ports\.http: /,
  ],
  ['services:\n  - service: a\n    idd: a\n    address: h\n    ports: { http: 1 }\n', /line 3: services\.0\.idd: /],
  [
    '\nservices:\n  - { service: a, id: a, address: h, ports: { http: 1 }, checks: [{ kind: http, interval: soon }] }\n',
    /line 3: .*"soon" is no duration/,
  ],
  [
    'services:\n  - { service: a, id: a, address: h, ports: { http: 1 }, checks: [{ kind: http, id: x }] }\n',
    /line 2: this check cannot be: url: /,
  ],
  [
    'services:\n  - { service: a, id: a, address: h, ports: { http: 1 } }\n  - { service: b, id: a, address: h, ports: { http: 1 } }\n',
    /line 3: the id a is there twice/,
  ],
  ['server: []\n', /line 1: server: /],
])('refuses %j as a whole, and names the line', (text, message) => {
  expect(() => parseServices(text, 'services.yaml')).toThrow(message);
});
