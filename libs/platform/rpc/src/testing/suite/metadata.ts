import { ANONYMOUS, PortolanError, type ErrorKind, type Principal } from '@portolan/kernel';
import { currentTrace, runInTrace, startTrace, type TraceContext } from '@portolan/telemetry';
import { recordedTelemetry, type OpenLoopback } from '../harness.ts';

const ada: Principal = { kind: 'user', name: 'ada' };
const bff: Principal = { kind: 'service', name: 'bff-web' };

class RefusedError extends PortolanError {
  readonly code = 'TEST_REFUSED';
  readonly kind: ErrorKind = 'forbidden';
}

export function describeMetadata(loopback: OpenLoopback): void {
  describe('what travels beside the messages', () => {
    it('who asks: of the connection, of the call, and on to the next hop', async () => {
      const seen: Principal[] = [];
      await using back = await loopback({
        handlers: {
          unary: async (request, { principal }) => {
            seen.push(principal);
            return request;
          },
        },
        connect: { principal: bff },
      });
      await using front = await loopback({ handlers: { unary: (request, call) => back.client.unary(request, call) } });
      await back.client.unary({ text: '' });
      await back.client.unary({ text: '' }, { principal: ada });
      await front.client.unary({ text: '' }, { principal: ada });
      await front.client.unary({ text: '' });
      expect(seen).toEqual([bff, ada, ada, ANONYMOUS]);
    });

    it('a principal that is none is refused', async () => {
      await using house = await loopback();
      const call = house.client.unary({ text: '' }, { headers: { 'portolan-principal': 'root' } });
      await expect(call).rejects.toMatchObject({ code: 'KERNEL_MALFORMED_PRINCIPAL', kind: 'unauthenticated' });
    });

    it('one trace id through two hops and both logs', async () => {
      const traces: (TraceContext | undefined)[] = [];
      await using back = await loopback({
        handlers: {
          unary: async (request) => {
            traces.push(currentTrace());
            return request;
          },
        },
      });
      await using front = await loopback({
        handlers: {
          async *serverStream({ text }, call) {
            traces.push(currentTrace());
            yield await back.client.unary({ text }, call);
          },
        },
      });
      const trace = startTrace();
      await runInTrace(trace, () => Array.fromAsync(front.client.serverStream({ text: 'a' })));
      const [atFront, atBack] = traces;
      expect(atFront?.traceId).toBe(trace.traceId);
      expect(atBack?.traceId).toBe(trace.traceId);
      expect(new Set([trace.spanId, atFront?.spanId, atBack?.spanId]).size).toBe(3);
      for (const { lines } of [front, back]) {
        const access = lines.find(({ msg }) => msg === 'call');
        expect(access).toMatchObject({ traceId: trace.traceId, status: 'OK', level: 'debug' });
      }
    });

    it('which instance answered, also when it refuses', async () => {
      await using house = await loopback({
        handlers: {
          unary: async ({ text }, call) => {
            call.setHeader('colour', 'blue');
            if (text === 'refuse') throw new RefusedError('no', { fix: 'do not ask' });
            return { text };
          },
        },
        server: { instance: 'echo-1' },
      });
      const seen: (string | undefined)[] = [];
      const onHeaders = (get: (name: string) => string | undefined): void => {
        seen.push(get('portolan-instance'), get('colour'));
      };
      await house.client.unary({ text: '' }, { onHeaders });
      await expect(house.client.unary({ text: 'refuse' }, { onHeaders })).rejects.toMatchObject({
        code: 'TEST_REFUSED',
      });
      await Array.fromAsync(house.client.serverStream({ text: 'a b' }, { onHeaders }));
      expect(seen).toEqual(['echo-1', 'blue', 'echo-1', 'blue', 'echo-1', undefined]);
    });

    it('the caller’s own headers', async () => {
      await using house = await loopback({
        handlers: { unary: async (_request, call) => ({ text: `${String(call.metadata('colour'))} ${call.method}` }) },
      });
      const answer = house.client.unary({ text: '' }, { headers: { colour: 'red' } });
      await expect(answer).resolves.toEqual({ text: 'red /test.Echo/Unary' });
    });
  });

  describe('interceptors', () => {
    it('run in order before each handler, and may refuse', async () => {
      const order: string[] = [];
      await using house = await loopback({
        handlers: {
          unary: async (request) => {
            order.push('handler');
            return request;
          },
        },
        server: {
          interceptors: [
            async (call) => {
              order.push('first');
              if (call.metadata('refuse') !== undefined) throw new RefusedError('no', { fix: 'do not ask' });
            },
            async () => {
              order.push('second');
            },
          ],
        },
      });
      await house.client.unary({ text: '' });
      const refused = house.client.unary({ text: '' }, { headers: { refuse: 'yes' } });
      await expect(refused).rejects.toMatchObject({ code: 'TEST_REFUSED', kind: 'forbidden' });
      expect(order).toEqual(['first', 'second', 'handler', 'first']);
    });
  });

  describe('metrics', () => {
    it('count calls by method and status, on both sides', async () => {
      const { telemetry } = recordedTelemetry();
      const { registry } = telemetry;
      await using house = await loopback({
        handlers: { unary: () => Promise.reject(new RefusedError('no', { fix: 'do not ask' })) },
        server: { registry },
        connect: { registry },
      });
      await using again = await loopback({ server: { registry }, connect: { registry } });
      await house.client.unary({ text: '' }).catch(() => undefined);
      await Array.fromAsync(again.client.serverStream({ text: 'a b' }));
      const text = await registry.metrics();
      expect(text).toContain(
        'rpc_server_calls_total{method="/test.Echo/Unary",status="PERMISSION_DENIED",app="test"} 1',
      );
      expect(text).toContain(
        'rpc_client_calls_total{method="/test.Echo/Unary",status="PERMISSION_DENIED",app="test"} 1',
      );
      expect(text).toContain('rpc_client_calls_total{method="/test.Echo/ServerStream",status="OK",app="test"} 1');
      expect(text).toContain('rpc_client_calls_in_flight{method="/test.Echo/ServerStream",app="test"} 0');
      expect(text).toContain('rpc_server_call_seconds_count{app="test",method="/test.Echo/ServerStream"} 1');
    });
  });
}
