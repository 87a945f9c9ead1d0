export {
  decodeHostView,
  decodeNodeList,
  decodeResolution,
  decodeServiceList,
  encodeHostView,
  encodeNodeList,
  encodeResolution,
  encodeServiceList,
} from './answers.ts';
export { decodeHealth, encodeHealth } from './health.ts';
export {
  decodeCheck,
  decodeInstance,
  decodeNode,
  decodeOwner,
  decodeRegistration,
  encodeCheck,
  encodeInstance,
  encodeNode,
  encodeOwner,
  encodeRegistration,
} from './instance.ts';
export {
  decodeInstanceName,
  decodeHostQuery,
  decodeOpenSession,
  decodePastRevision,
  decodeQuery,
  decodeRegistrationRequest,
  decodeReport,
  decodeResolveRequest,
  encodeQuery,
} from './requests.ts';
