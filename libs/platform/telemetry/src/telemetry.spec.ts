import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { UnknownModuleError } from './logs.ts';
import { createTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
import { runInTrace, startTrace } from './trace.ts';

function recorded(options: Partial<TelemetryOptions> = {}): {
  readonly telemetry: Telemetry;
  readonly lines: string[];
} {
  const lines: string[] = [];
  const telemetry = createTelemetry({
    app: 'gateway',
    logLevel: 'info',
    logFormat: 'json',
    clock: new VirtualClock(Date.UTC(2026, 0, 2, 3, 4, 5, 6)),
    destination: { write: (line) => lines.push(line) },
    ...options,
  });
  return { telemetry, lines };
}

const parsed = (lines: readonly string[]): unknown[] => lines.map((line): unknown => JSON.parse(line));

class FullError extends PortolanError {
  readonly code = 'TEST_FULL';
  readonly kind: ErrorKind = 'exhausted';
}

describe('logs', () => {
  it('are one JSON object a line, with time, app, instance and module', () => {
    const { telemetry, lines } = recorded({ instance: 'gateway-1' });
    telemetry.logger('http').info({ port: 8080 }, 'listening');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\n$/);
    expect(parsed(lines)).toEqual([
      {
        level: 'info',
        time: '2026-01-02T03:04:05.006Z',
        app: 'gateway',
        instance: 'gateway-1',
        module: 'http',
        port: 8080,
        msg: 'listening',
      },
    ]);
  });

  it('name the trace they belong to', () => {
    const { telemetry, lines } = recorded();
    const trace = startTrace();
    runInTrace(trace, () => {
      telemetry.logger('http').info('inside');
    });
    telemetry.logger('http').info('outside');
    const [inside, outside] = parsed(lines);
    expect(inside).toMatchObject({ traceId: trace.traceId, spanId: trace.spanId });
    expect(outside).not.toHaveProperty('traceId');
  });

  it('show an error whole', () => {
    const { telemetry, lines } = recorded();
    const cause = new Error('disk');
    const err = new FullError('the queue is full', { fix: 'back off', context: { max: 4n }, cause });
    telemetry.logger('http').error({ err }, 'refused');
    expect(parsed(lines)).toMatchObject([
      { err: { type: 'FullError', code: 'TEST_FULL', kind: 'exhausted', fix: 'back off', context: { max: 4 } } },
    ]);
    expect(lines[0]).toContain('disk');
  });

  it('are for people when asked', () => {
    const { telemetry, lines } = recorded({ logFormat: 'pretty' });
    telemetry.logger('http').warn({ port: 8080 }, 'busy');
    expect(lines.join('')).toMatch(/WARN.*http: busy/);
    expect(lines.join('')).toContain('port: 8080');
  });

  it('have a level for each module, changeable at any time', () => {
    const { telemetry, lines } = recorded();
    const http = telemetry.logger('http');
    const rpc = telemetry.logger('rpc');
    http.debug('hidden');
    telemetry.setLevel('http', 'debug');
    http.debug('shown');
    rpc.debug('hidden');
    expect(telemetry.levels()).toEqual({ '*': 'info', http: 'debug', rpc: 'info' });
    telemetry.setLevel('*', 'error');
    http.info('hidden');
    telemetry.logger('later').info('hidden');
    telemetry.logger('later').error('shown');
    expect(parsed(lines)).toMatchObject([{ msg: 'shown' }, { msg: 'shown' }]);
    expect(telemetry.logger('http')).toBe(http);
  });

  it('know which modules there are', () => {
    const { telemetry } = recorded();
    telemetry.logger('http');
    expect(() => {
      telemetry.setLevel('htpp', 'debug');
    }).toThrow(UnknownModuleError);
  });

  it('refuse data as module names', () => {
    const { telemetry } = recorded();
    expect(() => {
      for (let request = 0; request < 300; request += 1) telemetry.logger(`request-${request}`);
    }).toThrow('more than 256 log modules');
  });
});

describe('metrics', () => {
  it('hold the process, its event-loop delay and GC, and what the app registers', async () => {
    const { telemetry } = recorded();
    const text = await telemetry.registry.metrics();
    expect(text).toContain('process_cpu_seconds_total{app="gateway"}');
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(text).toContain('nodejs_gc_duration_seconds');
    await telemetry[Symbol.asyncDispose]();
    await expect(telemetry.registry.metrics()).resolves.toBe('\n');
  });
});
