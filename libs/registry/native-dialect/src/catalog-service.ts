import type { Catalog } from '@portolan/catalog';
import {
  decodeInstanceName,
  decodePastRevision,
  decodeRegistrationRequest,
  decodeResolveRequest,
  encodeNodeList,
  encodeResolution,
  encodeServiceList,
} from '@portolan/catalog/wire';
import type { CatalogServiceService } from '@portolan/contracts/catalog';
import type { Implementation } from '@portolan/rpc';
import type { LeaderWatch } from './leader-watch.ts';
import type { NativeLoad } from './native-load.ts';
import { serveSession } from './session-stream.ts';
import { serveWatch } from './watch-stream.ts';

/** The catalog on native gRPC: each method decodes, asks the catalog, encodes. */
export function catalogService(
  catalog: Catalog,
  load: NativeLoad,
  leader: LeaderWatch | undefined,
): Implementation<typeof CatalogServiceService> {
  return {
    session: (requests, call) => serveSession(catalog, requests, call, load, leader),
    watch: (requests, call) => serveWatch(catalog, requests, call, load, leader),
    resolve: async (request, { principal, signal }) => ({
      resolution: encodeResolution(await catalog.resolve({ principal, ...decodeResolveRequest(request) }, signal)),
    }),
    listServices: async (request, { principal, signal }) => ({
      list: encodeServiceList(await catalog.services({ principal, ...decodePastRevision(request) }, signal)),
    }),
    listNodes: async (_request, { principal, signal }) => encodeNodeList(await catalog.nodes({ principal }, signal)),
    register: async (request, { principal }) => ({
      revision: BigInt(await catalog.register({ principal, ...decodeRegistrationRequest(request) })),
    }),
    deregister: async (request, { principal }) => ({
      revision: BigInt(await catalog.deregister({ principal, ...decodeInstanceName(request) })),
    }),
  };
}
