import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const EXAMPLE = `# Services that cannot register themselves. Saved is registered; see apps/registrar/README.md.
#
# services:
#   - service: legacy
#     id: legacy-1
#     address: 127.0.0.1
#     ports: { http: 8000 }
#     metadata: { gateway: expose } # http://legacy.localhost:8080
#     checks: [{ kind: tcp, id: up, host: 127.0.0.1, port: 8000, interval: 1s }]
services: []
`;

/** Where the registrar looks. */
export const servicesFile = (dataDir: string): string => join(dataDir, 'services.yaml');

/** Something to edit, for who tries; one that is there stays as it is. */
export async function offerServicesFile(dataDir: string): Promise<void> {
  try {
    await writeFile(servicesFile(dataDir), EXAMPLE, { flag: 'wx' });
  } catch (error) {
    const there = typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';
    if (!there) throw error;
  }
}
