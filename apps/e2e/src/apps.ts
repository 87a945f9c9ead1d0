/** Everything that has settings. */
export const APPS = [
  'registry',
  'agent',
  'registrar',
  'gateway',
  'bff-web',
  'bff-mobile',
  'stack',
  'demo-products',
  'demo-inventory',
  'demo-reviews',
  'demo-orders',
] as const;
