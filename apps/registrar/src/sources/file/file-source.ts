import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { watch } from 'chokidar';
import { PortolanError } from '@portolan/kernel';
import type { RegistrarSource, SourceEntry, SourceLogger } from '../../source.ts';
import { Changes } from '../changes.ts';
import { parseServices } from './parse-services.ts';

/** An editor writes in several steps: a file is read when nothing has happened to it for so long. */
const QUIET_MS = 50;

/** Services that people list in a YAML or JSON file. A file that cannot be read changes nothing, and says on which line. */
export function fileSource(path: string, logger: SourceLogger): RegistrarSource {
  const absolute = resolve(path);
  return {
    name: 'file',
    async *entries(signal) {
      const changes = new Changes();
      // `all`: also when it is replaced, as editors and configuration maps do.
      const watcher = watch(absolute, {
        ignoreInitial: true,
        awaitWriteFinish: { stabilityThreshold: QUIET_MS, pollInterval: 20 },
      });
      watcher.on('all', () => {
        changes.ring();
      });
      watcher.on('error', (error) => {
        logger.warn({ err: error, file: absolute }, 'cannot watch the file of services');
      });
      try {
        while (await changes.next(signal)) {
          const entries = await read(absolute, logger);
          if (entries !== undefined) yield entries;
        }
      } finally {
        await watcher.close();
      }
    },
  };
}

/** @returns undefined when it cannot be read: what it said before stands */
async function read(path: string, logger: SourceLogger): Promise<readonly SourceEntry[] | undefined> {
  try {
    const entries = parseServices(await readFile(path, 'utf8'), path);
    logger.info({ file: path, services: entries.length }, 'read the file of services');
    return entries;
  } catch (error) {
    if (error instanceof PortolanError) logger.error({ file: path, fix: error.fix }, error.message);
    else logger.error({ err: error, file: path }, 'cannot read the file of services; what it said before stands');
    return undefined;
  }
}
