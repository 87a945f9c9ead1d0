import { writeSync } from 'node:fs';
import { lockFolder } from '../lock-folder.ts';

/** Holds a folder until it is killed. `node locking-process.ts <folder>` */
const [, , folder = ''] = process.argv;
const lock = await lockFolder(folder);
writeSync(1, 'locked\n');
setInterval(() => lock, 60_000);
