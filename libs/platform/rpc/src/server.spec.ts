import { startRpcServer } from './server.ts';
import { describeGrpcServer, type GrpcServerDifferences } from './testing/index.ts';

const LOOSE_TIMEOUT = { why: 'grpc-js looks for digits and a unit anywhere in the field', instead: 'OK' };
const LOST_END = { why: 'grpc-js drops what is left when the stream ends', instead: 'OK' };
const AS_IT_IS = 'grpc-js hands on the compressed bytes as they are';

/** What grpc-js 1.14 does otherwise, below anything that is ours. */
const GRPC_JS: GrpcServerDifferences = {
  method: { why: 'grpc-js does not look at :method', instead: 'OK' },
  'timeout-negative': LOOSE_TIMEOUT,
  'timeout-fraction': LOOSE_TIMEOUT,
  'timeout-digits': LOOSE_TIMEOUT,
  'timeout-more': LOOSE_TIMEOUT,
  'timeout-long': { why: 'grpc-js cuts the milliseconds to 32 bits', instead: 'OK, to another request' },
  'cut-message-stream': LOST_END,
  'cut-prefix-stream': LOST_END,
  'unnamed-encoding': { why: AS_IT_IS, instead: 'OK, to another request' },
  'identity-compressed': { why: AS_IT_IS, instead: 'OK, to another request' },
  'unknown-flag': { why: 'grpc-js takes any other flag for 0', instead: 'OK' },
  'accept-encoding': {
    why: 'grpc-js says grpc-accept-encoding with an answer only',
    instead: 'UNIMPLEMENTED, nothing is said to be accepted',
  },
};

describeGrpcServer('the server on grpc-js', startRpcServer, GRPC_JS);
