/**
 * Makes a checkout ready: what `npm start` and `npm test` run first. Plain JavaScript without dependencies, so that it
 * works before anything is installed, on any Node from 20 on.
 *
 * Installs when node_modules is missing or older than the lockfile; generates the contracts when a .proto changed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const stampFile = join(root, 'node_modules/.portolan-prepared.json');

/** @param {string} message what happened @param {string} fix what to do */
const fail = (message, fix) => {
  console.error(`portolan: ${message}\n  → ${fix}`);
  process.exit(1);
};

/** @param {string} command @param {string[]} args @param {string} fix */
const run = (command, args, fix, cwd = root) => {
  const result = spawnSync(command, args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' });
  if (result.error) fail(`${command} could not be started: ${result.error.message}`, fix);
  if (result.status !== 0) fail(`${command} ${args.join(' ')} failed with exit code ${result.status}`, fix);
};

/** @param {string[]} files */
const hashOf = (files) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
};

const [major] = process.versions.node.split('.').map(Number);
if (major < 20)
  fail(`Node ${process.versions.node} is too old`, 'install Node 20 or newer; Portolan brings its own newer one');

/** @returns {{ install?: string, contracts?: string }} */
const readStamp = () => {
  if (!existsSync(stampFile)) return {};
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // written by an interrupted run: prepare again
    throw error;
  }
};

/** @param {{ install?: string, contracts?: string }} stamp */
const writeStamp = (stamp) => {
  try {
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    writeFileSync(stampFile, JSON.stringify(stamp));
  } catch (error) {
    fail(
      `cannot write ${stampFile}: ${error.message}`,
      'make the checkout writable for this user, or clone it where it is',
    );
  }
};

const manifests = ['apps', 'libs']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  .filter((file) => file.endsWith('package.json') && !/\b(node_modules|dist)\b/.test(file))
  .sort();
const installHash = hashOf(['package.json', 'package-lock.json', ...manifests]);
const stamp = readStamp();

if (stamp.install !== installHash || !existsSync(join(root, 'node_modules/.bin/nx'))) {
  console.log('portolan: installing packages (once; about a minute)…');
  run(
    'npm',
    // Not `npm ci`: it refuses a lockfile that leaves out packages of other platforms (npm/cli#9846). The lockfile stays as it is.
    ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    'is the npm registry reachable (npm ping) and this folder writable? then run the command again',
  );
  stamp.install = installHash;
  writeStamp(stamp);
}

const pinnedNode = join(root, 'node_modules/.bin/node');
if (!existsSync(pinnedNode) && !existsSync(`${pinnedNode}.cmd`) && major < 26) {
  fail(
    `no pinned Node for ${process.platform}-${process.arch} was installed, and Node ${process.versions.node} cannot run TypeScript as it is`,
    'install Node 26, or run npm install with optional dependencies (without --omit=optional)',
  );
}

const protos = readdirSync(join(root, 'libs/contracts/proto'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.proto'))
  .map((file) => join('libs/contracts/proto', file))
  .sort();
const contractsHash = hashOf([...protos, 'libs/contracts/buf.gen.yaml']);
if (stamp.contracts !== contractsHash) {
  console.log('portolan: generating the contracts…');
  run(
    'npm',
    ['run', 'generate', '--silent'],
    'mend the .proto file that buf names above',
    join(root, 'libs/contracts'),
  );
  stamp.contracts = contractsHash;
  writeStamp(stamp);
}
