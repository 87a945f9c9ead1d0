import { loopbackOn, type ServeGrpc } from './harness.ts';
import { describeBackPressure } from './suite/back-pressure.ts';
import { describeCalls } from './suite/calls.ts';
import { describeCancellation } from './suite/cancellation.ts';
import { describeDrain } from './suite/drain.ts';
import { describeErrors } from './suite/errors.ts';
import { describeForward } from './suite/forward.ts';
import { describeHealth } from './suite/health.ts';
import { describeLimits } from './suite/limits.ts';
import { describeMetadata } from './suite/metadata.ts';
import { describeTls } from './suite/tls.ts';

/** What every gRPC server promises: to our client, to a foreign one, and byte by byte. Call it in a spec. */
export function describeGrpcServer(name: string, serve: ServeGrpc): void {
  const loopback = loopbackOn(serve);
  describe(`${name}:`, () => {
    describeCalls(loopback);
    describeMetadata(loopback);
    describeErrors(loopback);
    describeCancellation(loopback);
    describeBackPressure(loopback);
    describeLimits(loopback);
    describeDrain(loopback);
    describeHealth(loopback);
    describeForward(loopback);
    describeTls(loopback);
  });
}
