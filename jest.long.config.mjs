import base from './jest.config.mjs';

/**
 * The second tier, `npm run test:long`: what takes minutes, such as load, floods and long fuzzing. It runs on demand, never in CI.
 * One process for all projects, one file after the other: nothing else disturbs a test that fills the machine.
 */
export default {
  ...base,
  testMatch: ['<rootDir>/{apps,libs}/**/*.long.ts'],
  testTimeout: 15 * 60_000,
  maxWorkers: 1,
  reporters: ['default', '<rootDir>/apps/e2e/src/test-progress.mjs'],
  // What a test prints is seen as it is printed.
  verbose: true,
};
