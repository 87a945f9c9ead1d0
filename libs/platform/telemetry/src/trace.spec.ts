import {
  childOf,
  currentTrace,
  readTraceHeaders,
  runInTrace,
  startTrace,
  writeTraceHeaders,
  type TraceContext,
} from './trace.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

const read = (headers: Readonly<Record<string, string>>): TraceContext => readTraceHeaders((name) => headers[name]);

describe('trace context (W3C Trace Context)', () => {
  it('takes up the trace of a caller, as a piece of work of its own', () => {
    const trace = read({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`, tracestate: 'vendor=1' });
    expect(trace).toMatchObject({ traceId: TRACE_ID, parentSpanId: SPAN_ID, sampled: true, state: 'vendor=1' });
    expect(trace.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(trace.spanId).not.toBe(SPAN_ID);
  });

  it('passes it on', () => {
    const trace = read({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-00`, tracestate: 'vendor=1' });
    expect(writeTraceHeaders(trace)).toEqual({
      traceparent: `00-${TRACE_ID}-${trace.spanId}-00`,
      tracestate: 'vendor=1',
    });
    const child = childOf(trace);
    expect(child).toMatchObject({ traceId: TRACE_ID, parentSpanId: trace.spanId, sampled: false });
    expect(writeTraceHeaders(startTrace())).not.toHaveProperty('tracestate');
  });

  it.each([
    ['none', undefined],
    ['empty', ''],
    ['zero trace', `00-${'0'.repeat(32)}-${SPAN_ID}-01`],
    ['zero span', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['version ff', `ff-${TRACE_ID}-${SPAN_ID}-01`],
    ['upper case', `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`],
    ['too long', `00-${TRACE_ID}-${SPAN_ID}-01-extra`],
  ])('starts a new one when the header is %s', (_what, traceparent) => {
    const trace = readTraceHeaders((name) => (name === 'traceparent' ? traceparent : undefined));
    expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(trace.traceId).not.toBe(TRACE_ID);
    expect(trace.parentSpanId).toBeUndefined();
  });

  it('drops a tracestate that is too long', () => {
    const trace = read({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`, tracestate: `vendor=${'x'.repeat(600)}` });
    expect(trace.state).toBeUndefined();
  });

  it('follows the work through awaits, and does not mix two', async () => {
    const first = startTrace();
    const second = startTrace();
    const work = async (): Promise<TraceContext | undefined> => {
      await Promise.resolve();
      return currentTrace();
    };
    const seen = await Promise.all([runInTrace(first, work), runInTrace(second, work), work()]);
    expect(seen).toEqual([first, second, undefined]);
  });
});
