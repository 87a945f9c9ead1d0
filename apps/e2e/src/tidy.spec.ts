import { readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { errorCodes, errorTable } from './error-codes.ts';
import { cellsOf, splitAt } from './generated-part.ts';
import { repository } from './running-app.ts';
import { files, sources } from './sources.ts';

/** What a linter can't see. Every rule reads the files that git would commit. */
const root = repository;
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags?: readonly string[]; readonly targets?: Readonly<Record<string, unknown>> };
}

const projects = files
  .filter((file) => /^(apps\/[^/]+|libs\/contracts|libs\/[^/]+\/[^/]+)\/package\.json$/.test(file))
  .map((file) => {
    const manifest: Manifest = JSON.parse(read(file)) as Manifest;
    return { folder: dirname(file), manifest };
  });
/** The files that a source names by relative path: imports, and scripts that it spawns as `new URL('./x.ts', …)`. */
const importsOf = (file: string): string[] =>
  [...read(file).matchAll(/(?:from |import |import\(|new URL\()'(\.[^']+)'/g)].map(([, path]) =>
    normalize(join(dirname(file), path ?? '')),
  );

describe('the repository', () => {
  it('keeps its top level', () => {
    const allowed =
      /^(\..*|package(-lock)?\.json|nx\.json|tsconfig(\.base)?\.json|[a-z]+(\.long)?\.config\.mjs|README\.md|LICENSE|apps|libs|docker|k8s)$/;
    const strays = [...new Set(files.map((file) => file.split('/')[0] ?? ''))].filter((name) => !allowed.test(name));
    expect(strays).toEqual([]);
  });

  it('names nothing utils, helpers, common, shared, misc, manager or processor', () => {
    const vague = /(^|[/.-])(utils?|helpers?|common|shared|misc|manager|processor)([/.-]|$)/i;
    expect(files.filter((file) => vague.test(file))).toEqual([]);
  });

  it('leaves no unfinished business', () => {
    // Spelt in two halves, or this file would be the first to fail.
    const words = ['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK'];
    const unfinished = new RegExp(`\\b(${words.join('|')})\\b`);
    expect(sources.filter((file) => unfinished.test(read(file)))).toEqual([]);
  });

  it('has no file that nobody imports', () => {
    const reached = new Set(sources.flatMap(importsOf));
    const entries = new Set(
      projects.flatMap(({ folder, manifest }) =>
        Object.values(manifest.exports ?? {}).map((path) => normalize(join(folder, path))),
      ),
    );
    const scripts = files
      .filter((file) => file.endsWith('package.json'))
      .map(read)
      .join('\n');
    const orphans = sources.filter(
      (file) =>
        !/(\.(spec|long)\.ts|\/main\.ts|\/testdata\/.*|\.d\.ts)$/.test(file) &&
        !reached.has(file) &&
        !entries.has(file) &&
        !scripts.includes(file.replace(/^.*\/src\//, 'src/')),
    );
    expect(orphans).toEqual([]);
  });
});

describe.each(projects)('$manifest.name', ({ folder, manifest }) => {
  it('has build, typecheck, lint and test, and one layer', () => {
    expect(Object.keys(manifest.nx?.targets ?? {})).toEqual(
      expect.arrayContaining(['build', 'typecheck', 'lint', 'test']),
    );
    expect(manifest.nx?.tags?.filter((tag) => tag.startsWith('layer:'))).toHaveLength(1);
  });

  it('is compiled as every other, so that one program checks and lints all of them', () => {
    const up = relative(folder, '.');
    expect(JSON.parse(read(join(folder, 'tsconfig.json')))).toEqual({
      extends: `${up}/tsconfig.base.json`,
      include: ['src'],
    });
  });

  it('has a README of at most 40 lines that says what it is, besides its generated table', () => {
    const readme = read(join(folder, 'README.md')).replace(/<!-- (settings|mutants) -->.*<!-- \/\1 -->/s, '');
    expect(readme).toContain(manifest.name);
    expect(readme.split('\n').length).toBeLessThanOrEqual(41);
  });

  it('is tested', () => {
    expect(sources.some((file) => file.startsWith(`${folder}/`) && file.endsWith('.spec.ts'))).toBe(true);
  });
});

it('serves every process by itself, except the one that starts them all', () => {
  const served = projects.filter(({ manifest }) => manifest.nx?.targets?.serve !== undefined);
  const processes = projects.filter(({ folder }) => files.includes(`${folder}/src/main.ts`));
  const names = (list: typeof projects): string[] => list.map(({ manifest }) => manifest.name);
  expect(names(served)).toEqual(names(processes).filter((name) => name !== '@portolan/stack'));
});

describe('the root README', () => {
  it('has the table of every error code, as `npm run generate` writes it', () => {
    const { generated } = splitAt(read('README.md'), 'errors');
    expect(cellsOf(generated)).toEqual(cellsOf(errorTable(errorCodes(sources))));
  });

  it('names every app and lib in its map', () => {
    const readme = read('README.md');
    const leaves = projects.map(({ folder }) => folder.split('/').at(-1) ?? '');
    expect(leaves.filter((leaf) => !readme.includes(leaf))).toEqual([]);
  });
});
