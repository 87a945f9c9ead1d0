import { readCheckRequest, readServiceRequest, readUpdate } from './requests.ts';

const read = (body: object) => readServiceRequest(body, '10.0.0.7');

describe("a service in Consul's shape", () => {
  it('needs a name and a port; the rest follows', () => {
    expect(read({ Name: 'web', Port: 80 })).toMatchObject({
      registration: {
        service: 'web',
        id: 'web',
        address: '10.0.0.7',
        ports: [{ name: 'http', number: 80 }],
        weight: 100,
      },
      checks: [],
    });
  });

  it('says all it can say, in either spelling', () => {
    const said = {
      ID: 'web-1',
      Name: 'web',
      Address: '10.0.0.8',
      Port: 80,
      Tags: ['v1'],
      Meta: { protocol: 'grpc', My_Key: 'x' },
      Weights: { Passing: 3, Warning: 1 },
      Check: {
        HTTP: 'http://x/',
        Interval: '10s',
        Timeout: 1e9,
        DeregisterCriticalServiceAfter: '1m30s',
        Header: { 'X-A': ['b'] },
      },
      Checks: [{ TTL: '15s', Status: 'passing' }],
    };
    const { registration, checks } = read(said);
    expect(registration).toMatchObject({
      id: 'web-1',
      address: '10.0.0.8',
      ports: [{ name: 'grpc' }],
      tags: ['v1'],
      metadata: { protocol: 'grpc', My_Key: 'x' },
      weight: 300,
    });
    expect(checks).toMatchObject([
      {
        kind: 'http',
        id: 'service:web-1:1',
        intervalMs: 10_000,
        timeoutMs: 1_000,
        deregisterAfterMs: 90_000,
        headers: { 'X-A': ['b'] },
      },
      { kind: 'ttl', id: 'service:web-1:2', ttlMs: 15_000, initialStatus: 'passing' },
    ]);
    expect(
      read({
        name: 'web',
        port: 80,
        check: { http: 'http://x/', interval: '10s', deregister_critical_service_after: '90s' },
      }).checks,
    ).toMatchObject([{ id: 'service:web', deregisterAfterMs: 90_000 }]);
  });

  it.each([
    [{ TCP: 'h:81' }, { kind: 'tcp', host: 'h', port: 81 }],
    [{ TCP: '[::1]:81' }, { kind: 'tcp', host: '[::1]', port: 81 }],
    [{ GRPC: 'h:81/my.Service' }, { kind: 'grpc', address: 'h:81', service: 'my.Service' }],
    [{ GRPC: 'h:81' }, { kind: 'grpc', address: 'h:81', service: '' }],
    [{ Args: ['true'] }, { kind: 'script', args: ['true'] }],
    [{ AliasService: 'db' }, { kind: 'alias', instanceId: 'db' }],
    [
      { HTTP: 'http://x/', Method: 'HEAD', FailuresBeforeCritical: 3, SuccessBeforePassing: 2 },
      { kind: 'http', method: 'HEAD', failureThreshold: 3, successThreshold: 2 },
    ],
  ])('with the check %j is checked so', (check, expected) => {
    expect(read({ Name: 'web', Port: 80, Check: check }).checks).toMatchObject([expected]);
  });

  it.each([
    [{ Port: 80 }, /name: /],
    [{ Name: 'web' }, /port: /],
    [{ Name: 'web', Port: 80, Check: {} }, /none of TTL, HTTP, TCP/],
    [{ Name: 'web', Port: 80, Check: { HTTP: 'http://x', Interval: 'soon' } }, /check.interval: "soon" is no duration/],
    [{ Name: 'web', Port: 80, Check: { HTTP: 'x' } }, /url: /],
    [{ Name: 'a b', Port: 80 }, /service is "a b"/],
  ])('%j is refused, and says why', (body, message) => {
    expect(() => read(body)).toThrow(message);
  });
});

it('a check of its own belongs to a service or the host', () => {
  expect(readCheckRequest({ Name: 'disk', TTL: '10s' })).toMatchObject({
    serviceId: undefined,
    definition: { id: 'disk' },
  });
  expect(readCheckRequest({ ID: 'c', Name: 'up', ServiceID: 'web', TCP: 'h:1' })).toMatchObject({
    serviceId: 'web',
    definition: { id: 'c', name: 'up' },
  });
  expect(readUpdate({ Status: 'warning' })).toEqual({ status: 'warning', output: '' });
  expect(() => readUpdate({ Status: 'fine' })).toThrow(/status: /);
});
