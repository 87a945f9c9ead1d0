import { systemClock } from '@portolan/runtime';
import type { CallContext } from '../../call.ts';
import { grpcStatusName } from '../../status.ts';
import { implement } from '../../service.ts';
import type { GrpcServerDifferences } from '../differences.ts';
import { framed, HandMadeConnection, type HandMadeAnswer } from '../hand-made-request.ts';
import type { OpenLoopback } from '../harness.ts';
import { interop, InteropService } from '../interop-service.ts';
import { DEMANDS, MESSAGE_BYTES_MAX, type Demand, type DemandName } from './demands.ts';

const ECHO = framed(Buffer.from('hi'));

/** In the words of the table. */
function verdictOn({ httpStatus, grpcStatus, body }: HandMadeAnswer): string {
  if (httpStatus === undefined) return 'reset';
  if (httpStatus !== 200) return `HTTP ${httpStatus}`;
  if (grpcStatus === undefined) return 'no status';
  if (grpcStatus === 0 && !body.equals(ECHO)) return 'OK, to another request';
  return grpcStatusName(grpcStatus);
}

const isDemand = (name: string): name is DemandName => name in DEMANDS;
const NAMES = Object.keys(DEMANDS).filter(isDemand);

/** What a client of any making may rely on, and what a hostile one cannot do. */
export function describeProtocol(loopback: OpenLoopback, differences: GrpcServerDifferences): void {
  describe('gRPC over HTTP/2', () => {
    const rows = NAMES.map((name): { name: DemandName; demand: Demand; title: string } => {
      const difference = differences[name];
      const known = difference === undefined ? '' : ` (differs: ${difference.why})`;
      return { name, demand: DEMANDS[name], title: `${name}: ${DEMANDS[name].says}${known}` };
    });

    it.each(rows)('$title', async ({ name, demand }) => {
      let handled = 0;
      const handlers = {
        ...interop,
        emptyCall: () => new Promise<never>(() => undefined),
        async *streamingOutputCall(request: Buffer, { deadline }: CallContext): AsyncGenerator<Buffer, void> {
          const isFar = deadline === undefined || deadline > systemClock.epoch() + 0x7fff_ffff;
          yield isFar ? request : Buffer.from('too near');
        },
        unaryCall: async (request: Buffer) => {
          handled += 1;
          return request;
        },
      };
      await using house = await loopback({
        server: {
          services: [implement(InteropService, handlers)],
          limits: { messageBytes: MESSAGE_BYTES_MAX },
          drainMs: 0,
        },
      });
      using connection = await HandMadeConnection.open(house.address);
      const answer = await connection.ask(demand.request);
      const verdict = `${verdictOn(answer)}${demand.alsoTold?.(answer) ?? ''}`;
      expect(differences[name] === undefined ? demand.allowed : [differences[name].instead]).toContain(verdict);
      // What is refused is refused before anybody acts on it.
      if (demand.request.path === InteropService.unaryCall.path && answer.grpcStatus !== 0) expect(handled).toBe(0);
      // Whatever it was, the next call on this connection is none the worse for it.
      expect(verdictOn(await connection.ask(DEMANDS.plain.request))).toBe('OK');
    });
  });
}
