import { VirtualClock } from '@portolan/virtual-world';
import { UnknownModuleError } from './logs.ts';
import { OpsBindError, startOpsServer, type OpsServer } from './ops-server.ts';
import type { Readiness } from './readiness.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';
import { childOf, currentTrace, readTraceHeaders, runInTrace, startTrace, writeTraceHeaders } from './trace.ts';

const capture = (): { telemetry: Telemetry; lines: Record<string, unknown>[] } => {
  const lines: Record<string, unknown>[] = [];
  const telemetry = createTelemetry({
    app: 'gateway',
    instance: 'gateway-1',
    logLevel: 'info',
    logFormat: 'json',
    clock: new VirtualClock(Date.UTC(2026, 0, 1)),
    destination: {
      write: (text: string) => {
        lines.push(JSON.parse(text) as Record<string, unknown>);
      },
    },
  });
  return { telemetry, lines };
};

describe('logs', () => {
  it('carry app, instance, module, level in words and the clock’s time', () => {
    const { telemetry, lines } = capture();
    telemetry.logger('http').info({ port: 80 }, 'listening');
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'info',
        app: 'gateway',
        instance: 'gateway-1',
        module: 'http',
        msg: 'listening',
        port: 80,
        time: '2026-01-01T00:00:00.000Z',
      }),
    ]);
  });

  it('carry the trace they were written in', async () => {
    const { telemetry, lines } = capture();
    const trace = startTrace();
    await runInTrace(trace, async () => {
      await Promise.resolve();
      telemetry.logger('http').info('inside');
    });
    telemetry.logger('http').info('outside');
    expect(lines[0]).toMatchObject({ traceId: trace.traceId, spanId: trace.spanId });
    expect(lines[1]).not.toHaveProperty('traceId');
  });

  it('change their level by module at run time', () => {
    const { telemetry, lines } = capture();
    const [http, raft] = [telemetry.logger('http'), telemetry.logger('raft')];
    telemetry.setLevel('http', 'debug');
    http.debug('heard');
    raft.debug('not heard');
    telemetry.setLevel('*', 'error');
    http.info('no longer heard');
    expect(lines.map(({ msg }) => msg)).toEqual(['heard']);
    expect(telemetry.levels()).toMatchObject({ http: 'error', raft: 'error', '*': 'error' });
    expect(() => {
      telemetry.setLevel('htpt', 'debug');
    }).toThrow(UnknownModuleError);
  });
});

describe('trace context', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

  it('continues the trace of a caller, and hands it on', () => {
    const trace = readTraceHeaders((name) =>
      name === 'traceparent' ? `00-${traceId}-00f067aa0ba902b7-01` : undefined,
    );
    expect(trace).toMatchObject({ traceId, parentSpanId: '00f067aa0ba902b7', sampled: true });
    expect(writeTraceHeaders(trace).traceparent).toBe(`00-${traceId}-${trace.spanId}-01`);
  });

  it.each([undefined, '', 'garbage', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `ff-${traceId}-00f067aa0ba902b7-01`])(
    'begins a new one for %j',
    (header) => {
      const trace = readTraceHeaders(() => header);
      expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(trace.traceId).not.toBe(traceId);
      expect(trace.parentSpanId).toBeUndefined();
    },
  );

  it('names the piece of work that caused another', () => {
    const parent = startTrace();
    expect(childOf(parent)).toMatchObject({ traceId: parent.traceId, parentSpanId: parent.spanId });
    expect(currentTrace()).toBeUndefined();
  });
});

describe('the ops port', () => {
  let readiness: Readiness;
  let telemetry: Telemetry;
  let ops: OpsServer;
  beforeEach(async () => {
    readiness = { ready: true, checks: { discovery: { ok: true, detail: 'disk', ageMs: 1_200 } } };
    ({ telemetry } = capture());
    telemetry.logger('http');
    ops = await startOpsServer({ bind: '127.0.0.1', port: 0, telemetry, readiness: () => readiness });
  });
  afterEach(async () => {
    await ops[Symbol.asyncDispose]();
    await telemetry[Symbol.asyncDispose]();
  });

  it('says that the process lives', async () => {
    expect((await fetch(`${ops.url}/healthz`)).status).toBe(200);
  });

  it('says whether it is ready, and how old what it knows is', async () => {
    const ready = await fetch(`${ops.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, readiness]);
    readiness = { ready: false, checks: {} };
    expect((await fetch(`${ops.url}/readyz`)).status).toBe(503);
  });

  it('shows the metrics of the process, event-loop delay and GC among them', async () => {
    const text = await (await fetch(`${ops.url}/metrics`)).text();
    expect(text).toContain('nodejs_eventloop_lag_seconds{app="gateway"}');
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('changes a log level, and refuses a wrong one with a fix', async () => {
    const put = (body: unknown): Promise<Response> =>
      fetch(`${ops.url}/log-level`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await put({ module: 'http', level: 'debug' })).status).toBe(200);
    expect(telemetry.levels().http).toBe('debug');
    const refused = await put({ module: 'http', level: 'loud' });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('debug');
    expect((await put({ module: 'htpt', level: 'debug' })).status).toBe(404);
  });

  it.each([
    ['GET', '/nowhere', 404],
    ['DELETE', '/healthz', 405],
  ])('%s %s → %i', async (method, path, status) => {
    expect((await fetch(`${ops.url}${path}`, { method })).status).toBe(status);
  });

  it('says so when its port is taken', async () => {
    const again = startOpsServer({ bind: '127.0.0.1', port: ops.port, telemetry, readiness: () => readiness });
    await expect(again).rejects.toThrow(OpsBindError);
  });
});
