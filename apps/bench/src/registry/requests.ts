import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KVService, PutRequest, RangeRequest, type RequestOp } from '@portolan/contracts/etcd/kv';

/** About what a catalog, or Kubernetes, writes: keys of 20 bytes, values of 256. */
const PREFIX = 'bench/';
const KEY_DIGITS = 14;
export const VALUE_BYTES = 256;
/** gRPC's: not compressed, and the length of the message. */
const FRAME_PREFIX_BYTES = 5;

export const keyText = (index: number): string => `${PREFIX}${String(index).padStart(KEY_DIGITS, '0')}`;
const keyOf = (index: number): Buffer => Buffer.from(keyText(index));
export const VALUE: Buffer = Buffer.alloc(VALUE_BYTES, 'portolan');
/** After every key of the bench, before any other. */
const END = Buffer.from('bench0');

export const putOf = (index: number): PutRequest => ({
  ...PutRequest.decode(new Uint8Array(0)),
  key: keyOf(index),
  value: VALUE,
});

export const putOperation = (index: number): RequestOp => ({
  request: { $case: 'requestPut', value: putOf(index) },
});

export const rangeOf = (index: number, serializable: boolean): RangeRequest => ({
  ...RangeRequest.decode(new Uint8Array(0)),
  key: keyOf(index),
  serializable,
});

/** How many keys there are, as of now. */
export const COUNT: RangeRequest = { ...rangeOf(0, false), key: Buffer.from(PREFIX), rangeEnd: END, countOnly: true };

/** What h2load asks, again and again the same. */
export const REQUESTS = {
  put: { path: KVService.put.path, message: KVService.put.requestSerialize(putOf(0)) },
  range: { path: KVService.range.path, message: KVService.range.requestSerialize(rangeOf(0, false)) },
  'serializable range': { path: KVService.range.path, message: KVService.range.requestSerialize(rangeOf(0, true)) },
} as const;
export type RequestName = keyof typeof REQUESTS;

/** Their bytes in files: every server is sent the same ones. */
export class RequestFiles implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async write(): Promise<RequestFiles> {
    const files = new RequestFiles(await mkdtemp(join(tmpdir(), 'portolan-bench-')));
    for (const name of ['put', 'range', 'serializable range'] as const) {
      const { message } = REQUESTS[name];
      const frame = Buffer.alloc(FRAME_PREFIX_BYTES + message.length);
      frame.writeUInt32BE(message.length, 1);
      message.copy(frame, FRAME_PREFIX_BYTES);
      await writeFile(files.of(name), frame);
    }
    return files;
  }

  of(name: RequestName): string {
    return join(this.folder, `${name.replace(' ', '-')}.bin`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
