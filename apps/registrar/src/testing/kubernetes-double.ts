import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

type Kind = 'services' | 'endpointslices';

interface Stored {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

interface Event {
  readonly kind: Kind;
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored;
}

const PATHS: Readonly<Record<string, Kind>> = {
  '/api/v1/services': 'services',
  '/apis/discovery.k8s.io/v1/endpointslices': 'endpointslices',
};
const LISTS = {
  services: { apiVersion: 'v1', kind: 'ServiceList' },
  endpointslices: { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSliceList' },
} as const;

/** As much of an API server as list and watch need, with all the ways in which a watch ends. */
export class KubernetesDouble implements AsyncDisposable {
  /** `services list`, `services watch 7 with bookmarks`; a watch that is here is open. */
  readonly asked: string[] = [];
  readonly #objects: Record<Kind, Map<string, Stored>> = { services: new Map(), endpointslices: new Map() };
  readonly #events: Event[] = [];
  readonly #watches = new Map<ServerResponse, Kind>();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response);
  });
  #version = 1;
  /** Watches from before it are told that it has expired. */
  #oldest = 0;
  #failing = false;

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  put(kind: Kind, object: Stored): void {
    this.#happened(this.#stored(kind, object));
  }

  /**
   * As `put`, with a bookmark of one version more in the same chunk: as soon as a client shows the object it has read the
   * bookmark too, which nothing else tells.
   */
  putAndBookmark(kind: Kind, object: Stored): void {
    const event = this.#stored(kind, object);
    this.#version += 1;
    const metadata = { resourceVersion: String(this.#version) };
    this.#happened(event, line('BOOKMARK', { metadata }));
  }

  delete(kind: Kind, namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const object = this.#objects[kind].get(key);
    if (object === undefined) return;
    this.#objects[kind].delete(key);
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    this.#happened({ kind, version: this.#version, type: 'DELETED', object: { ...object, metadata } });
  }

  /** Cuts every watch, in the middle of whatever it says. */
  drop(): void {
    for (const response of this.#watches.keys()) response.destroy();
  }

  /** Forgets its history: who was cut before has to list again. */
  expire(): void {
    this.#oldest = this.#version + 1;
  }

  /** Answers 503 to everything, and cuts what is open. */
  set failing(failing: boolean) {
    this.#failing = failing;
    if (failing) this.drop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const kind = PATHS[url.pathname];
    if (kind === undefined || this.#failing) {
      response.writeHead(kind === undefined ? 404 : 503).end('{}');
      return;
    }
    if (url.searchParams.get('watch') !== 'true') {
      this.asked.push(`${kind} list`);
      const items = [...this.#objects[kind].values()];
      const list = { ...LISTS[kind], metadata: { resourceVersion: String(this.#version) }, items };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list));
      return;
    }
    const from = Number(url.searchParams.get('resourceVersion'));
    const bookmarks = url.searchParams.get('allowWatchBookmarks') === 'true' ? ' with bookmarks' : '';
    this.asked.push(`${kind} watch ${from}${bookmarks}`);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (from < this.#oldest) {
      const status = { kind: 'Status', code: 410, reason: 'Expired', message: `too old resource version: ${from}` };
      response.end(line('ERROR', status));
      return;
    }
    response.flushHeaders();
    this.#watches.set(response, kind);
    response.on('close', () => this.#watches.delete(response));
    for (const event of this.#events) {
      if (event.kind === kind && event.version > from) response.write(line(event.type, event.object));
    }
  }

  #stored(kind: Kind, object: Stored): Event {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    const type = this.#objects[kind].has(key) ? 'MODIFIED' : 'ADDED';
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#objects[kind].set(key, stored);
    return { kind, version: this.#version, type, object: stored };
  }

  /** Tells the watches, and `after` it in the same chunk. */
  #happened(event: Event, after = ''): void {
    this.#events.push(event);
    for (const [response, kind] of this.#watches) {
      if (kind === event.kind) response.write(`${line(event.type, event.object)}${after}`);
    }
  }
}

function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}
