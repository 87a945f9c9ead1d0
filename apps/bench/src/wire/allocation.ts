import { getHeapStatistics } from 'node:v8';

/** Bytes that this process has allocated on V8's heap so far, collected or not. */
export const allocatedBytes = (): number => getHeapStatistics().total_allocated_bytes;
