export { Answering, Asked, startAnswering, type AnsweringOptions, type AnsweringServer } from './answering.ts';
export { Answering as Http1Answering, Asked as Http1Asked } from '../http1/testing/answering.ts';
export {
  block,
  data,
  fieldsOf,
  FLAG,
  frame,
  get,
  HELLO,
  PING,
  post,
  reset,
  settings,
  SETTINGS_ACK,
  TYPE,
  uint32,
  windowUpdate,
  type Frame,
} from './frames.ts';
export { FLOODS, type Flood, type Victim } from './floods.ts';
export { AUTHORITY, IDENTITY } from './identity.ts';
export { memoryInUse } from './memory-in-use.ts';
export { codeOf, RawClient } from './raw-client.ts';
