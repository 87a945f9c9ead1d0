import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import type { Answers } from './answer-parent.ts';
import { selfAllocations, selfTimes } from './self-cost.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const SAMPLE_MICROS = 200;
const SAMPLE_BYTES = 16_384;

/** Answers with which a parent profiles this process: `startTime` and `endTime`, `startAllocations` and `endAllocations`. */
export function profileAnswers(): Answers {
  const session = new Session();
  return {
    startTime: async () => {
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROS });
      await session.post('Profiler.start');
    },
    endTime: async () => {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      return selfTimes(profile, ROOT, 2 * SAMPLE_MICROS);
    },
    startAllocations: async () => {
      session.connect();
      // What is collected in the meantime was allocated too.
      await session.post('HeapProfiler.startSampling', {
        samplingInterval: SAMPLE_BYTES,
        includeObjectsCollectedByMajorGC: true,
        includeObjectsCollectedByMinorGC: true,
      });
    },
    endAllocations: async () => {
      const { profile } = await session.post('HeapProfiler.stopSampling');
      session.disconnect();
      return selfAllocations(profile, ROOT);
    },
  };
}
