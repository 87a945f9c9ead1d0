export { CardinalityError, MalformedCallError, UnknownEncodingError, UnknownMethodError } from './call-errors.ts';
export { startFastServer } from './server/fast-server.ts';
