import type { Principal } from '@portolan/kernel';

/** As whom members ask each other, and keep in the store what they know of each other. */
export const CLUSTER_PRINCIPAL: Principal = { kind: 'system', name: 'cluster' };
