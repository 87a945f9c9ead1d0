import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { repository } from '../running-app.ts';

const run = promisify(execFile);

/** What every object has. */
const ObjectHead = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});
export type KubernetesObject = z.output<typeof ObjectHead>;

/** Which object is meant, for people: `Deployment gateway`. */
export const called = ({ kind, metadata }: Pick<KubernetesObject, 'kind' | 'metadata'>): string =>
  `${kind} ${metadata.name}`;

/** The objects of a folder below `k8s`, as `kubectl apply -k` would send them. */
export async function rendered(folder: string): Promise<readonly KubernetesObject[]> {
  const { stdout } = await run('kubectl', ['kustomize', join(repository, 'k8s', folder)], {
    maxBuffer: 16 * 1_024 ** 2,
  });
  return parseAllDocuments(stdout).map((document) => ObjectHead.parse(document.toJS()));
}
