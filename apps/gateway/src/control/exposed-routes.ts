import type { Route } from '@portolan/routing';
import type { ServiceSummary } from './service-directory.ts';

/** A service whose metadata has this is reached under a host of its own. */
export const EXPOSE_KEY = 'gateway';
const EXPOSE_VALUE = 'expose';
/** The gateway speaks HTTP, so that is the port it looks for. */
const PORT_NAME = 'http';
/** What can stand as a host name; other service names are not exposed. */
const HOST_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** The hosts of services that asked for one: `<service>.<domain>`. */
export function exposedRoutes(services: readonly ServiceSummary[], domain: string): readonly Route[] {
  return services
    .filter(
      ({ name, metadata, portNames }) =>
        metadata[EXPOSE_KEY] === EXPOSE_VALUE && portNames.includes(PORT_NAME) && HOST_LABEL.test(name),
    )
    .map(({ name }) => ({
      name: `exposed:${name}`,
      match: { host: `${name}.${domain}`, path: { kind: 'prefix', prefix: '/' } },
      service: name,
      portName: PORT_NAME,
      stripPrefix: false,
    }));
}
