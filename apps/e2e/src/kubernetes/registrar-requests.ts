import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectEventually } from '../eventually.ts';
import { startApp } from '../running-app.ts';

/** Runs a registrar beside an API server that only listens. @returns what it asks to be allowed: `list services`, … */
export async function requestsOfTheRegistrar(): Promise<readonly string[]> {
  const asked = new Set<string>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const watches = url.searchParams.get('watch') === 'true';
    asked.add(permissionFor(request.method ?? '', url.pathname, watches));
    response.writeHead(200, { 'content-type': 'application/json' });
    if (watches) response.flushHeaders();
    else response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const folder = await mkdtemp(join(tmpdir(), 'portolan-rbac-'));
  try {
    const kubeconfig = join(folder, 'config');
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await writeFile(kubeconfig, JSON.stringify(kubeconfigOf(`http://127.0.0.1:${port}`)));
    const flags = ['--kubernetes', kubeconfig, '--registry', '127.0.0.1:1', '--ops-port', '0', '--log-format', 'json'];
    await using registrar = await startApp('registrar', flags);
    const watches = (): number => [...asked].filter((one) => one.startsWith('watch')).length;
    await expectEventually(`two watches of ${registrar.app}`, () => watches() === 2);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  }
  return [...asked].sort();
}

/** As the API server's authorizer reads a request: `watch endpointslices.discovery.k8s.io`. */
function permissionFor(method: string, path: string, watches: boolean): string {
  const [, group = '', resource = '', name] = /^\/(?:api|apis\/([^/]+))\/v1\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  const read = watches ? 'watch' : name === undefined ? 'list' : 'get';
  return `${method === 'GET' ? read : method} ${resource}${group === '' ? '' : `.${group}`}`;
}

const kubeconfigOf = (server: string): object => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'test',
  contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
  users: [{ name: 'test', user: {} }],
});
