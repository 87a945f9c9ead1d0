import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutant.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** A copy of the repository's sources in a folder of its own, whose packages import each other and not those of the original. */
export class Workshop implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Workshop> {
    const workshop = new Workshop(await realpath(await mkdtemp(join(tmpdir(), 'portolan-mutant-'))));
    for (const part of ['libs', 'apps/simulation']) {
      await cp(join(ROOT, part), join(workshop.folder, part), { recursive: true, filter: isSource });
    }
    await cp(join(ROOT, 'package.json'), join(workshop.folder, 'package.json'));
    await workshop.#linkPackages();
    return workshop;
  }

  /** Links into `node_modules` of the original, except our own packages: those are links into the copy. */
  async #linkPackages(): Promise<void> {
    const [from, to] = [join(ROOT, 'node_modules'), join(this.folder, 'node_modules')];
    await mkdir(join(to, '@portolan'), { recursive: true });
    for (const name of await readdir(from)) {
      if (name !== '@portolan') await symlink(join(from, name), join(to, name));
    }
    for (const name of await readdir(join(from, '@portolan'))) {
      const project = relative(await realpath(ROOT), await realpath(join(from, '@portolan', name)));
      await symlink(join(this.folder, project), join(to, '@portolan', name));
      await linkOwn(join(ROOT, project, 'node_modules'), join(this.folder, project, 'node_modules'));
    }
  }

  /** @throws Error when the sources are not what the mutant was made for */
  async apply(name: string, { edits }: Mutant): Promise<void> {
    for (const { file, find, replace } of edits) {
      const path = join(this.folder, file);
      const [before, after, ...more] = (await readFile(path, 'utf8')).split(find);
      if (before === undefined || after === undefined || more.length > 0) {
        throw new Error(`mutant ${name} can't be made: ${file} has not exactly once: ${find}`);
      }
      await writeFile(path, `${before}${replace}${after}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}

/** Versions that a package has for itself. */
async function linkOwn(from: string, to: string): Promise<void> {
  if (existsSync(from) && existsSync(dirname(to))) await symlink(from, to);
}

const isSource = (path: string): boolean => !/[/\\](node_modules|dist)([/\\]|$)|\.spec\.ts$|\.long\.ts$/.test(path);
