import { deflateSync, gzipSync } from 'node:zlib';
import { framed, type HandMadeAnswer, type HandMadeRequest } from '../hand-made-request.ts';
import { InteropService } from '../interop-service.ts';

/** A request, and what may come of it. */
export interface Demand {
  readonly says: string;
  readonly request: HandMadeRequest;
  /** What may happen: `OK`, the name of another gRPC status, or `HTTP` and its status. The description does not always name one. */
  readonly allowed: readonly string[];
  /** What else is looked at, behind the status. */
  readonly alsoTold?: (answer: HandMadeAnswer) => string;
}

const UNARY = InteropService.unaryCall.path;
const CLIENT_STREAM = InteropService.streamingInputCall.path;
const BIDI = InteropService.fullDuplexCall.path;
/** The server that the demands are made to never answers this one, */
const NEVER = InteropService.emptyCall.path;
/** this one only with a deadline that is far, */
const FAR = InteropService.streamingOutputCall.path;

/** and takes no longer message. */
export const MESSAGE_BYTES_MAX = 1_000;

const HI = Buffer.from('hi');
const hi = framed(HI);
/** Two of the ten bytes that it announces. */
const cutShort = framed(HI, 0, 10);
const cutPrefix = hi.subarray(0, 3);
const tooLong = framed(HI, 0, MESSAGE_BYTES_MAX + 1);
const longest = framed(HI, 0, 0xffff_ffff);
const bomb = framed(gzipSync(Buffer.alloc(MESSAGE_BYTES_MAX + 1)), 1);
const compressed = framed(gzipSync(HI), 1);

const MALFORMED = ['INTERNAL', 'INVALID_ARGUMENT'];
/** A unary method that got no whole message may say that it got none ("request cardinality violation", statuscodes.md). */
const NO_REQUEST = [...MALFORMED, 'UNIMPLEMENTED'];

/** `chunks` to UnaryCall. */
const unary = (head: HandMadeRequest['head'], chunks: readonly Buffer[] = [hi]): HandMadeRequest => ({
  path: UNARY,
  chunks,
  ...(head !== undefined && { head }),
});
const timeout = (value: string): HandMadeRequest => unary({ 'grpc-timeout': value });
const encoded = (encoding: string | undefined, chunk: Buffer): HandMadeRequest =>
  unary({ 'grpc-encoding': encoding }, [chunk]);

/** What grpc/doc/PROTOCOL-HTTP2.md, compression.md and statuscodes.md ask of a server, one request each. */
export const DEMANDS = {
  plain: { says: 'a call is answered', request: unary({}), allowed: ['OK'] },
  'content-subtype': {
    says: 'a subtype of application/grpc is taken',
    request: unary({ 'content-type': 'application/grpc+proto' }),
    allowed: ['OK'],
  },
  'content-type': {
    says: 'another content-type is 415',
    request: unary({ 'content-type': 'application/json' }),
    allowed: ['HTTP 415'],
  },
  'no-content-type': {
    says: 'no content-type is 415',
    request: unary({ 'content-type': undefined }),
    allowed: ['HTTP 415'],
  },
  method: { says: 'what is not POSTed is refused', request: unary({ ':method': 'PUT' }), allowed: ['HTTP 405'] },
  'no-te': {
    // "Used to detect incompatible proxies": a client must send it, no server is asked to refuse.
    says: 'a call without te is answered',
    request: unary({ te: undefined }),
    allowed: ['OK'],
  },
  'no-method': {
    says: 'a path without a method is unimplemented',
    request: { path: '/', chunks: [hi] },
    allowed: ['UNIMPLEMENTED'],
  },
  'timeout-passed': {
    says: 'the server itself ends a call whose time is over',
    request: { path: NEVER, chunks: [hi], head: { 'grpc-timeout': '20m' } },
    allowed: ['DEADLINE_EXCEEDED'],
  },
  'timeout-tiny': {
    says: 'also when it was over on arrival',
    request: { path: NEVER, chunks: [hi], head: { 'grpc-timeout': '1n' } },
    allowed: ['DEADLINE_EXCEEDED'],
  },
  'timeout-long': {
    // 100 days: more milliseconds than 32 bits or a timer of Node hold.
    says: 'a far deadline is a far deadline',
    request: { path: FAR, chunks: [hi], head: { 'grpc-timeout': '8640000S' } },
    allowed: ['OK'],
  },
  'timeout-empty': { says: 'an empty grpc-timeout is refused', request: timeout(''), allowed: MALFORMED },
  'timeout-without-unit': {
    says: 'a grpc-timeout without unit is refused',
    request: timeout('5'),
    allowed: MALFORMED,
  },
  'timeout-unknown-unit': {
    says: 'a grpc-timeout of an unknown unit is refused',
    request: timeout('5s'),
    allowed: MALFORMED,
  },
  'timeout-negative': { says: 'a negative grpc-timeout is refused', request: timeout('-5S'), allowed: MALFORMED },
  'timeout-fraction': { says: 'a fraction as grpc-timeout is refused', request: timeout('1.5S'), allowed: MALFORMED },
  'timeout-digits': {
    says: 'a grpc-timeout of nine digits is refused',
    request: timeout('123456789S'),
    allowed: MALFORMED,
  },
  'timeout-more': {
    says: 'a grpc-timeout with something behind it is refused',
    request: timeout('5S, 6S'),
    allowed: MALFORMED,
  },
  'cut-message-unary': {
    says: 'a request that ends within its message is refused',
    request: unary({}, [cutShort]),
    allowed: NO_REQUEST,
  },
  'cut-prefix-unary': {
    says: 'a request that ends within the prefix of its message is refused',
    request: unary({}, [cutPrefix]),
    allowed: NO_REQUEST,
  },
  'cut-message-stream': {
    says: 'a stream of requests that ends within a message is refused',
    request: { path: CLIENT_STREAM, chunks: [hi, cutShort] },
    allowed: MALFORMED,
  },
  'cut-prefix-stream': {
    says: 'a stream of requests that ends within a prefix is refused',
    request: { path: CLIENT_STREAM, chunks: [hi, cutPrefix] },
    allowed: MALFORMED,
  },
  'message-too-long': {
    says: 'a message that announces more than the limit is refused before it comes',
    request: { ...unary({}, [tooLong]), open: true },
    allowed: ['RESOURCE_EXHAUSTED'],
  },
  'message-longest': {
    says: 'also one that announces all that fits into a prefix',
    request: { ...unary({}, [longest]), open: true },
    allowed: ['RESOURCE_EXHAUSTED'],
  },
  'message-too-long-stream': {
    says: 'also behind another one in a stream',
    request: { path: BIDI, chunks: [hi, tooLong], open: true },
    allowed: ['RESOURCE_EXHAUSTED'],
  },
  'no-message': { says: 'no request is not one', request: unary({}, []), allowed: ['UNIMPLEMENTED'] },
  'second-message': { says: 'two requests are not one', request: unary({}, [hi, hi]), allowed: ['UNIMPLEMENTED'] },
  gzip: { says: 'gzip is understood', request: encoded('gzip', compressed), allowed: ['OK'] },
  'gzip-unused': { says: 'also where a message makes no use of it', request: encoded('gzip', hi), allowed: ['OK'] },
  'gzip-not': {
    says: 'what is called gzip and is not is refused',
    request: encoded('gzip', framed(HI, 1)),
    allowed: MALFORMED,
  },
  'gzip-cut': {
    says: 'also gzip that ends in the middle',
    request: encoded('gzip', framed(gzipSync(HI).subarray(0, -10), 1)),
    allowed: MALFORMED,
  },
  'gzip-bomb': {
    says: 'what is larger than the limit once it is inflated is refused',
    request: encoded('gzip', bomb),
    allowed: ['RESOURCE_EXHAUSTED'],
  },
  'unknown-encoding': {
    says: 'an unknown encoding is unimplemented',
    request: encoded('portolan-zip', framed(deflateSync(HI), 1)),
    allowed: ['UNIMPLEMENTED'],
  },
  'unnamed-encoding': {
    says: 'a message that is compressed in an unnamed way is refused',
    request: encoded(undefined, compressed),
    allowed: MALFORMED,
  },
  'identity-compressed': {
    says: 'a message that is compressed by identity is refused',
    request: encoded('identity', compressed),
    allowed: MALFORMED,
  },
  'unknown-flag': {
    says: 'a compressed-flag other than 0 and 1 is refused',
    request: encoded(undefined, framed(HI, 2)),
    allowed: MALFORMED,
  },
  'accept-encoding': {
    says: 'who is refused for its encoding is told which there are',
    request: encoded('portolan-zip', framed(deflateSync(HI), 1)),
    allowed: ['UNIMPLEMENTED, gzip is accepted'],
    alsoTold: ({ head, trailers }: HandMadeAnswer) => {
      const accepted = head['grpc-accept-encoding'] ?? trailers?.['grpc-accept-encoding'] ?? '';
      return String(accepted).includes('gzip') ? ', gzip is accepted' : ', nothing is said to be accepted';
    },
  },
} as const satisfies Record<string, Demand>;

export type DemandName = keyof typeof DEMANDS;
