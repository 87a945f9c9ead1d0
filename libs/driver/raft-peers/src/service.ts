import { PeerServiceService } from '@portolan/contracts/raft-peer';

const { greet, connect, sendSnapshot } = PeerServiceService;
const asIs = (frame: Buffer): Buffer => frame;

/** `PeerService`, whose frames are written and read by hand. */
export const PEER_SERVICE = {
  greet,
  connect: {
    path: connect.path,
    requestStream: true as const,
    responseStream: true as const,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
  sendSnapshot,
};
