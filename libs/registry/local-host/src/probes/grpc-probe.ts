import { HealthCheckResponse_ServingStatus, HealthService } from '@portolan/contracts/health';
import { connect, createClient } from '@portolan/rpc';
import type { GrpcCheck } from '../model.ts';
import type { Probe } from './probe.ts';

const NAMES = new Map<number, string>(
  Object.entries(HealthCheckResponse_ServingStatus).map(([name, value]) => [value, name]),
);

/** The gRPC Health Checking Protocol: anything but SERVING is critical. */
export function grpcProbe({ address, service }: GrpcCheck): Probe {
  const what = service === '' ? address : `${address}/${service}`;
  return async (signal) => {
    await using connection = connect(address);
    const { status } = await createClient(HealthService, connection).check({ service }, { signal });
    const serving = status === HealthCheckResponse_ServingStatus.SERVING;
    const said = `gRPC health of ${what}: ${NAMES.get(status) ?? String(status)}`;
    return { status: serving ? 'passing' : 'critical', output: said };
  };
}
