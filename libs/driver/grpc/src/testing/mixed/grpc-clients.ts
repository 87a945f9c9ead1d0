import { connect } from '@portolan/rpc';
import { connectFast } from '../../client/fast-connection.ts';
import { openGrpcJs, type GrpcCaller } from './grpc-js-caller.ts';
import { dyingLane, grpcLane } from './grpc-lane.ts';
import { identityOf } from './identity.ts';
import type { Side } from './side.ts';
import { Replaced } from './torn.ts';
import { trafficSide } from './traffic-side.ts';
import type { Lane } from './traffic.ts';

interface Callers {
  readonly lanes: readonly Lane[];
  readonly close: () => Promise<void>;
}

/** @param ports of the server without TLS and of that with it */
export function openGrpcClients(seed: number, [plainPort = 0, tlsPort = 0]: readonly number[]): Side {
  const plain = callersTo(plainPort, 'plain');
  const mutual = callersTo(tlsPort, 'mutual TLS');
  const lanes = [...plain.lanes, dyingLane(plainPort), ...mutual.lanes];
  return trafficSide(lanes, seed, async () => {
    await Promise.all([plain.close(), mutual.close()]);
  });
}

function callersTo(port: number, tls: 'plain' | 'mutual TLS'): Callers {
  const identity = tls === 'mutual TLS' ? identityOf('client') : undefined;
  const address = `127.0.0.1:${port}`;
  const close = async (caller: GrpcCaller): Promise<void> => {
    await caller[Symbol.asyncDispose]();
  };
  const callers = [
    ['grpc-js', new Replaced(() => openGrpcJs(port, identity), close)],
    ['connect', new Replaced<GrpcCaller>(() => connect(address, { tls: identity }), close)],
    ['connectFast', new Replaced<GrpcCaller>(() => connectFast(address, { tls: identity }), close)],
  ] as const;
  return {
    lanes: callers.map(([name, caller]) => grpcLane(`${name}, ${tls}`, caller)),
    close: async () => {
      await Promise.all(callers.map(([, caller]) => caller.dispose()));
    },
  };
}
