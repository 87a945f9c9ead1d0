import type { Staleness } from '@portolan/discovery';
import type { OpsRoute } from '@portolan/telemetry';
import type { EndpointRecord, UpstreamStates } from '../data/upstream-state.ts';
import type { Control } from './control.ts';
import { upstreamKey } from './snapshot.ts';

const UNSEEN: EndpointRecord = { inFlight: 0, requests: 0, failures: 0 };

/** What is in force, for operators: routes with their endpoints and what this gateway has seen of each. */
export function adminRoutes(
  control: Pick<Control, 'snapshot' | 'refused'>,
  states: UpstreamStates,
  staleness: () => Staleness,
): readonly OpsRoute[] {
  return [
    {
      method: 'GET',
      path: '/routes',
      summary: 'the routes in force, with their endpoints',
      handle: async () => ({ status: 200, body: describeRoutes(control, states, staleness()) }),
    },
  ];
}

function describeRoutes(
  { snapshot, refused }: Pick<Control, 'snapshot' | 'refused'>,
  states: UpstreamStates,
  staleness: Staleness,
): object {
  return {
    version: snapshot.version,
    source: staleness.source,
    ageMs: Math.round(staleness.ageMs),
    ...(refused !== undefined && { refused: { code: refused.code, message: refused.message, fix: refused.fix } }),
    routes: snapshot.table.routes.map((route) => {
      const key = upstreamKey(route);
      const endpoints = snapshot.upstreams.get(key)?.endpoints ?? [];
      return {
        name: route.name,
        host: route.match.host ?? '*',
        ...route.match.path,
        service: route.service,
        port: route.portName,
        stripPrefix: route.stripPrefix,
        // Healthy ones: discovery names no others.
        endpoints: endpoints.map((endpoint) => ({
          id: endpoint.id,
          address: endpoint.address,
          weight: endpoint.weight,
          ...(states.of(key).recordOf(endpoint) ?? UNSEEN),
        })),
      };
    }),
  };
}
