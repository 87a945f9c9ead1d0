import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { SNAPSHOT_SLICE_BYTES_MAX } from '../limits.ts';
import { ByteSource } from './byte-source.ts';
import { BackupDamagedError, UnknownBackupError } from './errors.ts';
import { isEtcdSeal, SEAL_BYTES_MAX } from './etcd-seal.ts';
import {
  BACKUP_FORMAT,
  CHECKSUM_BYTES,
  COUNT_BYTES,
  decodeHeader,
  HASH_BYTES,
  HEADER_BYTES_MAX,
  MAGIC,
  SLICE_HEAD_BYTES,
  START_BYTES,
  type BackupHeader,
} from './format.ts';

export interface OpenBackup {
  readonly header: BackupHeader;
  /** Each is checked before it is yielded, and after the last one that all were; to be read once. @throws BackupDamagedError */
  readonly slices: AsyncIterable<Uint8Array>;
  /** Whether a client of etcd has saved it; known when all slices were read. */
  readonly isSavedByEtcd: () => boolean;
}

/**
 * @param file how it is called in errors
 * @throws BackupDamagedError, UnknownBackupError
 */
export async function readBackup(file: string, chunks: AsyncIterable<Uint8Array>): Promise<OpenBackup> {
  const reader = new BackupReader(file, chunks);
  const header = await reader.header();
  return { header, slices: reader.slices(), isSavedByEtcd: () => reader.isSavedByEtcd };
}

class BackupReader {
  readonly #file: string;
  readonly #source: ByteSource;
  readonly #hash = createHash('sha256');
  isSavedByEtcd = false;

  constructor(file: string, chunks: AsyncIterable<Uint8Array>) {
    this.#file = file;
    this.#source = new ByteSource(chunks);
  }

  async header(): Promise<BackupHeader> {
    try {
      return await this.#header();
    } catch (error) {
      await this.#source.close();
      throw error;
    }
  }

  async #header(): Promise<BackupHeader> {
    const start = await this.#source.take(START_BYTES);
    if (Buffer.compare(start.subarray(0, MAGIC.length), MAGIC) !== 0) throw this.#damaged(0, 'it is no backup');
    if (start.length < START_BYTES) throw this.#damaged(0, 'it ends within its header');
    const format = start.readUInt32LE(8);
    if (format !== BACKUP_FORMAT) throw new UnknownBackupError(this.#file, format, BACKUP_FORMAT);
    const length = start.readUInt32LE(12);
    if (length > HEADER_BYTES_MAX) throw this.#damaged(12, 'its header is too large');
    const rest = await this.#whole(length + CHECKSUM_BYTES, 'its header');
    const encoded = rest.subarray(0, length);
    if (rest.readUInt32LE(length) !== crc32(encoded, crc32(start))) {
      throw this.#damaged(0, 'the header does not match its checksum');
    }
    this.#hash.update(start).update(rest);
    try {
      return decodeHeader(encoded);
    } catch (error) {
      throw this.#damaged(START_BYTES, 'the header makes no sense', error);
    }
  }

  async *slices(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let count = 0; ; count += 1) {
        const at = this.#source.position;
        const head = await this.#whole(SLICE_HEAD_BYTES, 'a slice');
        this.#hash.update(head);
        const length = head.readUInt32LE(0);
        if (length === 0) {
          await this.#end(at, head, count);
          return;
        }
        if (length > SNAPSHOT_SLICE_BYTES_MAX) throw this.#damaged(at, 'here begins no slice');
        const slice = await this.#whole(length, 'a slice');
        if (crc32(slice) !== head.readUInt32LE(4)) {
          throw this.#damaged(at, 'the slice that begins here does not match its checksum');
        }
        this.#hash.update(slice);
        yield slice;
      }
    } finally {
      await this.#source.close();
    }
  }

  async #end(at: number, head: Buffer, count: number): Promise<void> {
    const stated = await this.#whole(COUNT_BYTES, 'its end');
    if (head.readUInt32LE(4) !== 0 || stated.readBigUInt64LE(0) !== BigInt(count)) {
      throw this.#damaged(at, `it ends after ${String(count)} slices, and says that there are others`);
    }
    const sha256 = this.#hash.update(stated).copy().digest();
    const written = await this.#whole(HASH_BYTES, 'its end');
    if (Buffer.compare(sha256, written) !== 0) throw this.#damaged(at, 'its SHA-256 is of something else');
    const end = this.#source.position;
    const beyond = await this.#source.take(SEAL_BYTES_MAX + 1);
    if (beyond.length === 0) return;
    this.isSavedByEtcd = isEtcdSeal(beyond, end, this.#hash.update(written));
    if (!this.isSavedByEtcd) throw this.#damaged(end, 'it goes on after its end');
  }

  async #whole(bytes: number, what: string): Promise<Buffer> {
    const at = this.#source.position;
    const taken = await this.#source.take(bytes);
    if (taken.length < bytes) throw this.#damaged(at, `it breaks off within ${what}`);
    return taken;
  }

  #damaged(offset: number, what: string, cause?: unknown): BackupDamagedError {
    return new BackupDamagedError(this.#file, offset, what, cause);
  }
}
