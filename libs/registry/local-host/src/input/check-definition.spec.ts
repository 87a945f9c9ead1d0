import { checkDefinition, type RawCheckDefinition } from './check-definition.ts';

it.each<[RawCheckDefinition, RegExp]>([
  [{ kind: 'http', id: 'a b', url: 'ftp://x', intervalMs: 1 }, /id: .*intervalMs: .*url: /s],
  [{ kind: 'tcp', id: 'a', host: 'h', port: 70_000 }, /port: /],
  [{ kind: 'grpc', id: 'a', address: 'no port' }, /address: is not of the form host:port/],
  [{ kind: 'tcp', id: 'node', host: 'h', port: 1 }, /id: is one of node, session, maintenance/],
  [{ kind: 'ttl', id: 'maintenance', ttlMs: 0 }, /kept for others/],
  [{ kind: 'script', id: 'a', args: [] }, /args: /],
])('refuses %j, and names what is wrong', (raw, message) => {
  expect(() => checkDefinition(raw)).toThrow(message);
});

it('fills in what is not said', () => {
  expect(checkDefinition({ kind: 'tcp', id: 'up', host: 'h', port: 1 })).toEqual({
    kind: 'tcp',
    id: 'up',
    name: '',
    host: 'h',
    port: 1,
    intervalMs: 10_000,
    timeoutMs: 10_000,
    successThreshold: 1,
    failureThreshold: 1,
    deregisterAfterMs: 0,
    initialStatus: 'critical',
  });
});
