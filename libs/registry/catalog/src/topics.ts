import type { NodeName, ServiceName } from './model.ts';

/** What a reader of the index can wait for a change of. */
export type Topic = 'services' | `service/${string}` | 'hosts' | `host/${string}`;

/** Any service. */
export const SERVICES: Topic = 'services';
/** Any host that has, or had, an agent. */
export const HOSTS: Topic = 'hosts';
export const serviceTopic = (name: ServiceName): Topic => `service/${name}`;
export const hostTopic = (name: NodeName): Topic => `host/${name}`;
