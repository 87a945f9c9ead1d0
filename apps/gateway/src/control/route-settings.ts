import type { Route } from '@portolan/routing';
import { z } from 'zod';

/** One route as it stands in the configuration file. */
const routeSetting = z
  .strictObject({
    name: z.string().min(1).max(128).optional(),
    host: z.string().min(1).optional(),
    path: z.string().startsWith('/').optional(),
    prefix: z.string().startsWith('/').optional(),
    stripPrefix: z.boolean().default(false),
    service: z.string().min(1),
    port: z.string().min(1).default('http'),
  })
  .refine(({ path, prefix }) => path === undefined || prefix === undefined, {
    message: 'a route has a path or a prefix, not both',
  })
  .refine(({ stripPrefix, prefix }) => !stripPrefix || prefix !== undefined, {
    message: 'stripPrefix needs a prefix',
  });

type RouteSetting = z.output<typeof routeSetting>;

/** Where the BFFs of the demo are found, until somebody writes routes. */
const DEFAULT_ROUTES = [
  { host: 'web.localhost', service: 'bff-web' },
  { prefix: '/web', stripPrefix: true, service: 'bff-web' },
  { host: 'mobile.localhost', service: 'bff-mobile' },
  { prefix: '/mobile', stripPrefix: true, service: 'bff-mobile' },
];

/** Turns the routes of the configuration into those that are compiled. Conflicts are found there. */
export const routesSetting = z
  .array(routeSetting)
  .default(DEFAULT_ROUTES.map((route) => routeSetting.parse(route)))
  .describe(
    'Which requests go where: a list of { host?, path? or prefix? (default: everything), stripPrefix?, service, port?, name? }. ' +
      'In the file, or as JSON.',
  );

export function routesOf(settings: readonly RouteSetting[]): readonly Route[] {
  return settings.map(({ name, host, path, prefix = '/', stripPrefix, service, port }) => ({
    name: name ?? `${host ?? '*'}${path ?? (prefix === '/' ? '' : `${prefix}/*`)}`,
    match: {
      ...(host !== undefined && { host }),
      path: path === undefined ? { kind: 'prefix', prefix } : { kind: 'exact', path },
    },
    service,
    portName: port,
    stripPrefix,
  }));
}
