/**
 * Consul's clients write `DeregisterCriticalServiceAfter`, its files `deregister_critical_service_after`: both are read, as
 * lower case without underscores. The keys of maps that users name (`Meta`, `Header`) stay as they are.
 */
export function plainNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainNames);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const plain = name.replaceAll('_', '').toLowerCase();
      return [plain, USERS_NAMES.has(plain) ? inner : plainNames(inner)];
    }),
  );
}

const USERS_NAMES = new Set(['meta', 'header', 'nodemeta', 'taggedaddresses']);
