import { certified } from '@portolan/access/testing';
import { systemClock as clock } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { warnOpenPort, type OpenPort } from './open-port.ts';

function warnings(port: Pick<OpenPort, 'bind' | 'tls'>): readonly string[] {
  const lines: string[] = [];
  const telemetry = createTelemetry({
    ...{ app: 'test', logLevel: 'warn', logFormat: 'json', clock },
    destination: {
      write: (line) => {
        lines.push(line);
      },
    },
  });
  warnOpenPort(telemetry.logger('main'), { ...port, port: 8_502, who: 'clients' });
  return lines;
}

it.each(['0.0.0.0', '::', '10.1.2.3', 'registry.example', '::ffff:10.0.0.1'])(
  'a port at %s without TLS is warned of',
  (bind) => {
    const lines = warnings({ bind, tls: undefined });
    expect(lines).toHaveLength(1);
    for (const told of ['port 8502', '--tls-cert', '--bind']) expect(lines[0]).toContain(told);
  },
);

it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost', '::ffff:127.0.0.1'])('one of loopback is not: %s', (bind) => {
  expect(warnings({ bind, tls: undefined })).toEqual([]);
});

it('one with TLS is not', () => {
  expect(warnings({ bind: '0.0.0.0', tls: certified('registry') })).toEqual([]);
});
