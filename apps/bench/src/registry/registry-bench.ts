import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BenchOptions, BenchResult } from '../bench-row.ts';
import { hasH2load, h2loadVersion } from '../wire/h2load.ts';
import { pinHere } from '../wire/pinning.ts';
import { batchesPart } from './batches-part.ts';
import { etcdLauncher, etcdVersion } from './etcd.ts';
import { keysPart } from './keys-part.ts';
import { latencyPart } from './latency-part.ts';
import { loadPart } from './load-part.ts';
import { ourLauncher } from './ours.ts';
import type { Part } from './part.ts';
import { profilePart } from './profile-part.ts';
import { RequestFiles } from './requests.ts';
import { watchPart } from './watch-part.ts';

const PARTS: Readonly<Record<string, Part>> = {
  one: loadPart(1),
  three: loadPart(3),
  latency: latencyPart,
  watch: watchPart,
  batches: batchesPart,
  keys: keysPart,
  profile: profilePart,
};
export const REGISTRY_PARTS: readonly string[] = Object.keys(PARTS);

const FOLDER = '.portolan/bench';

/** What the registry answers to etcd's clients, beside the etcd that is installed: the same bytes from the same driver, in turn. */
export async function benchRegistry(options: BenchOptions): Promise<BenchResult> {
  const version = etcdVersion();
  if (version === undefined || !hasH2load()) {
    const skipped = '_skipped: etcd or h2load is missing (Debian: apt-get install etcd-server nghttp2-client)_';
    options.progress(skipped);
    return { text: skipped, raw: undefined };
  }
  const pinned = pinHere();
  await using files = await RequestFiles.write();
  const parent = resolve(FOLDER);
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'registry-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true }));
  const { only = REGISTRY_PARTS, isLarge = false } = options;
  const given = { ...options, isLarge, pinned, files, etcd: etcdLauncher(pinned), ours: ourLauncher(pinned) };
  const texts: string[] = [];
  const raw: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(PARTS)) {
    if (!only.includes(name)) continue;
    const result = await part({ ...given, newFolder: () => mkdtemp(join(folder, `${name}-`)) });
    texts.push(result.text);
    raw[name] = result.raw;
  }
  texts.push(`etcd ${version}; ${h2loadVersion()}; servers on one core, whoever asks on the other`);
  return { text: texts.join('\n\n'), raw: { etcd: version, h2load: h2loadVersion(), ...raw } };
}
