import { join } from 'node:path';

/** The files of the shop page. It lies beside this file, and beside the bundle that a build makes of it. */
export const PAGE_FOLDER = join(import.meta.dirname, 'page');
