import type { GrpcServerDifferences } from './differences.ts';
import { loopbackOn, type ServeGrpc } from './harness.ts';
import { describeBackPressure } from './suite/back-pressure.ts';
import { describeCalls } from './suite/calls.ts';
import { describeCancellation } from './suite/cancellation.ts';
import { describeDrain } from './suite/drain.ts';
import { describeErrors } from './suite/errors.ts';
import { describeForeign } from './suite/foreign.ts';
import { describeForward } from './suite/forward.ts';
import { describeHealth } from './suite/health.ts';
import { describeInterop } from './suite/interop.ts';
import { describeLeaving } from './suite/leaving.ts';
import { describeLimits } from './suite/limits.ts';
import { describeMetadata } from './suite/metadata.ts';
import { describeProtocol } from './suite/protocol.ts';
import { describeTls } from './suite/tls.ts';
import { describeWire } from './suite/wire.ts';

/**
 * What every gRPC server promises: to our client, to a foreign one, and byte by byte. Call it in a spec.
 * @param differences where it is known to do otherwise than the protocol demands; none, unless it is somebody else's
 */
export function describeGrpcServer(name: string, serve: ServeGrpc, differences: GrpcServerDifferences = {}): void {
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
    describeInterop(loopback);
    describeForeign(loopback);
    describeWire(loopback);
    describeLeaving(loopback);
    describeProtocol(loopback, differences);
  });
}
