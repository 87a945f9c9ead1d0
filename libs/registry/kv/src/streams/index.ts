export { KeepAliveStream, type KeepAliveStreamOptions } from './keep-alive-stream.ts';
export { RequestQueue } from './request-queue.ts';
