import { readFileSync } from 'node:fs';
import { ERROR_KINDS } from '@portolan/kernel';
import { startRpcServer } from './server.ts';
import { grpcStatusOf, httpStatusOf, kindOfGrpcStatus } from './status.ts';
import { loopbackOn } from './testing/harness.ts';

const loopback = loopbackOn(startRpcServer);

describe('errors of the client', () => {
  it('an answer that does not decode is told as such', async () => {
    await using house = await loopback({ handlers: { unary: async () => ({ text: 'garbage' }) } });
    await expect(house.client.unary({ text: '' })).rejects.toMatchObject({
      code: 'RPC_MALFORMED_RESPONSE',
      kind: 'internal',
    });
  });
});

describe('the table of statuses', () => {
  it.each(ERROR_KINDS)('%s becomes a gRPC status and comes back', (kind) => {
    expect(kindOfGrpcStatus(grpcStatusOf(kind))).toBe(kind);
    expect(httpStatusOf(kind)).toBeGreaterThanOrEqual(400);
  });

  it.each([
    [2, 'internal'],
    [6, 'conflict'],
    [15, 'internal'],
    [99, 'internal'],
  ])('a foreign status %d is %s', (code, kind) => {
    expect(kindOfGrpcStatus(code)).toBe(kind);
  });
});

describe('README', () => {
  it('lists every code', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const sources = [
      'connection',
      'error-trailer',
      'health',
      'limits',
      'rpc-error',
      'serve-call',
      'server',
      'tls',
      'client',
    ];
    const codes = sources.flatMap((name) =>
      [...readFileSync(new URL(`${name}.ts`, import.meta.url), 'utf8').matchAll(/code(?: =|:) '(\w+)'/g)].map(
        ([, code]) => code,
      ),
    );
    expect(codes.length).toBeGreaterThan(10);
    for (const code of codes) expect(readme).toContain(code);
  });
});
