export { freshStore, kvOverGrpc, type KvOverGrpc } from './kv-over-grpc.ts';
export { OpenStream } from './open-stream.ts';
export {
  ask,
  instance,
  open,
  registryOverGrpc,
  until,
  type RegistryOverGrpc,
  type SessionUnderTest,
  type WatchUnderTest,
} from './registry-over-grpc.ts';
