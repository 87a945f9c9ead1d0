export { Answering, Asked, startAnswering, type AnsweringOptions, type AnsweringServer } from './answering.ts';
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
export { AUTHORITY, IDENTITY } from './identity.ts';
export { codeOf, RawClient } from './raw-client.ts';
