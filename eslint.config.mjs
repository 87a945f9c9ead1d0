import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

/** The architecture: an arrow may only go down this list. Within a layer, acyclic imports are fine. */
const LAYERS = [
  {
    tag: 'layer:app',
    below: ['client', 'registry', 'driver', 'strategy', 'protocol', 'platform', 'kernel', 'contracts'],
  },
  {
    tag: 'layer:client',
    below: ['client', 'registry', 'driver', 'strategy', 'protocol', 'platform', 'kernel', 'contracts'],
  },
  { tag: 'layer:registry', below: ['registry', 'driver', 'strategy', 'protocol', 'platform', 'kernel', 'contracts'] },
  { tag: 'layer:driver', below: ['driver', 'strategy', 'protocol', 'platform', 'kernel', 'contracts'] },
  { tag: 'layer:strategy', below: ['strategy', 'kernel'] },
  { tag: 'layer:protocol', below: ['protocol', 'kernel'] },
  { tag: 'layer:platform', below: ['platform', 'kernel', 'contracts'] },
  { tag: 'layer:kernel', below: ['kernel'] },
  { tag: 'layer:contracts', below: ['contracts'] },
];

const TESTS = ['**/*.spec.ts', '**/*.long.ts', '**/testing/**/*.ts'];

const CORES = ['libs/protocol/**/*.ts', 'libs/strategy/**/*.ts', 'libs/platform/kernel/**/*.ts'];
const PURE = 'a deterministic core decides; its driver does I/O and passes time, randomness and bytes in';
const IMPURE_GLOBALS = [
  'Buffer',
  'Date',
  'TextDecoder',
  'TextEncoder',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'console',
  'crypto',
  'fetch',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'structuredClone',
];

export default tseslint.config(
  { ignores: ['**/node_modules', '**/dist', '**/generated', '**/.nx', '**/.portolan', '**/coverage'] },
  {
    files: ['**/*.mjs'],
    extends: [js.configs.recommended, prettier],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  {
    files: ['**/*.ts'],
    extends: [
      js.configs.recommended,
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked,
      prettier,
    ],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          depConstraints: LAYERS.map(({ tag, below }) => ({
            sourceTag: tag,
            onlyDependOnLibsWithTags: below.map((layer) => `layer:${layer}`),
          })),
        },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // An async method that satisfies an interface may have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'name each export: the index file is the contract' },
        { selector: 'TSEnumDeclaration', message: 'use a union of literals: Node runs this file as it is' },
      ],
      'prefer-const': 'error',
    },
  },
  {
    files: TESTS,
    extends: [jest.configs['flat/recommended']],
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', 'fc.assert', 'assert*'] }],
      'jest/no-conditional-expect': 'off',
      'jest/no-standalone-expect': 'off',
      'jest/no-export': 'off',
      'jest/no-done-callback': 'error',
      'jest/valid-title': 'off',
    },
  },
  {
    // The type of a fragment of settings is its schema; writing it twice would say less.
    files: ['libs/platform/config/src/settings.ts'],
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
  {
    files: CORES,
    ignores: TESTS,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['node:*', 'fs', 'net', 'http', 'crypto', 'timers', 'events', 'stream', 'buffer'], message: PURE },
            {
              group: [
                '@portolan/*',
                '!@portolan/kernel',
                '!@portolan/balancing',
                '!@portolan/routing',
                '!@portolan/resilience',
              ],
              message: PURE,
            },
          ],
        },
      ],
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS.map((name) => ({ name, message: PURE }))],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: PURE }],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: [
      ...TESTS,
      // The last that is said of a rule replaces what was said before, and of cores more is said above.
      ...CORES,
      'apps/e2e/**',
      'apps/simulation/**',
      'apps/bench/**',
      'libs/platform/virtual-world/**',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: '@portolan/virtual-world', message: 'the virtual world is for tests, simulations and benches' },
          ],
        },
      ],
    },
  },
);
