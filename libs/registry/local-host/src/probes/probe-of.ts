import type { ProbedCheck } from '../model.ts';
import { grpcProbe } from './grpc-probe.ts';
import { httpProbe } from './http-probe.ts';
import type { Probe } from './probe.ts';
import { scriptProbe } from './script-probe.ts';
import { tcpProbe } from './tcp-probe.ts';

/** What finds the status of a check. */
export function probeOf(check: ProbedCheck): Probe {
  switch (check.kind) {
    case 'http':
      return httpProbe(check);
    case 'tcp':
      return tcpProbe(check);
    case 'grpc':
      return grpcProbe(check);
    case 'script':
      return scriptProbe(check);
  }
}
