import { connect } from 'node:net';
import type { TcpCheck } from '../model.ts';
import type { Probe, ProbeResult } from './probe.ts';

/** Passes when a connection is accepted. */
export function tcpProbe({ host, port }: TcpCheck): Probe {
  return (signal) =>
    new Promise<ProbeResult>((resolve, reject) => {
      const socket = connect({ host, port, signal });
      socket.once('connect', () => {
        socket.destroy();
        resolve({ status: 'passing', output: `TCP connect ${host}:${port}: success` });
      });
      socket.once('error', reject);
    });
}
