import { loopbackOn, type DialGrpc, type ServeGrpc } from './harness.ts';
import { describeBackPressure } from './suite/back-pressure.ts';
import { describeCalls } from './suite/calls.ts';
import { describeCancellation } from './suite/cancellation.ts';
import { describeErrors } from './suite/errors.ts';
import { describeForward } from './suite/forward.ts';
import { describeHealth } from './suite/health.ts';
import { describeLimits } from './suite/limits.ts';
import { describeMetadata } from './suite/metadata.ts';
import { describeTls } from './suite/tls.ts';

/** What every connection promises that our clients are made of, to a server of whatever making. Call it in a spec. */
export function describeGrpcClient(name: string, dial: DialGrpc, serve: ServeGrpc): void {
  const loopback = loopbackOn(serve, dial);
  describe(`${name}:`, () => {
    describeCalls(loopback);
    describeMetadata(loopback);
    describeErrors(loopback);
    describeCancellation(loopback);
    describeBackPressure(loopback);
    describeLimits(loopback);
    describeHealth(loopback);
    describeForward(loopback);
    describeTls(loopback);
  });
}
