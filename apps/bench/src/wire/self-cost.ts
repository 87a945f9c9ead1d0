import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HeapProfiler, Profiler, Runtime } from 'node:inspector';

/** What one function costs by itself, without those that it calls. */
export interface SelfCost {
  readonly name: string;
  /** File and line of the function; '' when it is no JavaScript. */
  readonly where: string;
  /** Microseconds, or bytes. */
  readonly cost: number;
}

/** Starting and ending a profile, and waiting for work, is none of the work. */
const isWork = ({ functionName, url }: Runtime.CallFrame): boolean =>
  functionName !== '(idle)' && url !== 'node:inspector';

/** Microseconds of each function, most first. @param gapMicros what is longer between two samples was another process's time */
export function selfTimes(profile: Profiler.Profile, root: string, gapMicros: number): readonly SelfCost[] {
  const costs = new Costs(root);
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  for (const [index, id] of (profile.samples ?? []).entries()) {
    const frame = frames.get(id);
    if (frame !== undefined && isWork(frame)) costs.add(frame, Math.min(gapMicros, profile.timeDeltas?.[index] ?? 0));
  }
  return costs.sorted();
}

/** Bytes that each function allocated, most first. */
export function selfAllocations(profile: HeapProfiler.SamplingHeapProfile, root: string): readonly SelfCost[] {
  const costs = new Costs(root);
  const nodes = [profile.head];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (node.selfSize > 0 && isWork(node.callFrame)) costs.add(node.callFrame, node.selfSize);
    nodes.push(...node.children);
  }
  return costs.sorted();
}

/** The same by project, package and module of Node, most first; what has no place, as builtins, keeps its name. */
export function costsByPlace(costs: readonly SelfCost[]): readonly SelfCost[] {
  const places = new Map<string, number>();
  for (const { name, where, cost } of costs) {
    const [place = name] =
      /^(apps\/[^/]+|libs\/[^/]+\/[^/]+|node_modules\/(@[^/]+\/)?[^/]+|node:[^:/]+)/.exec(where) ?? [];
    places.set(place, (places.get(place) ?? 0) + cost);
  }
  return byCost([...places].map(([name, cost]) => ({ name, where: '', cost })));
}

const byCost = (costs: readonly SelfCost[]): readonly SelfCost[] => [...costs].sort((a, b) => b.cost - a.cost);

class Costs {
  readonly #byFunction = new Map<string, SelfCost>();
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  add(frame: Runtime.CallFrame, cost: number): void {
    const { functionName, url, lineNumber } = frame;
    const path = url.startsWith('file:') ? fileURLToPath(url) : url;
    const file = isAbsolute(path) ? relative(this.#root, path) : path;
    const where = file === '' ? '' : `${file}:${lineNumber + 1}`;
    const name = functionName === '' ? '(anonymous)' : functionName;
    const key = `${name} ${where}`;
    const before = this.#byFunction.get(key)?.cost ?? 0;
    this.#byFunction.set(key, { name, where, cost: before + cost });
  }

  sorted(): readonly SelfCost[] {
    return byCost([...this.#byFunction.values()]);
  }
}
