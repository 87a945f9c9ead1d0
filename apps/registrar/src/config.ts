import { defineConfig, drainSettings, logSettings, opsSettings, registrySettings, tlsSettings } from '@portolan/config';
import { z } from 'zod';

export const registrarConfig = defineConfig({
  app: 'registrar',
  summary: 'registers services that cannot register themselves, from files, Docker and Kubernetes',
  examples: [
    'node apps/registrar/src/main.ts --file services.yaml',
    'node apps/registrar/src/main.ts --kubernetes in-cluster --node my-cluster',
    'node apps/registrar/src/main.ts --docker unix:///var/run/docker.sock --docker-address 10.0.0.7',
  ],
  schema: z.object({
    file: z
      .string()
      .min(1)
      .optional()
      .describe('YAML or JSON file that lists services. Read again whenever it changes. Default: none.'),
    docker: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Docker engine whose containers are registered, unix:///var/run/docker.sock or tcp://host:2375. Default: none.',
      ),
    dockerAddress: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe(
        'Where published ports of its containers are reached. Ports that are not published are reached at the container.',
      ),
    kubernetes: z
      .string()
      .min(1)
      .optional()
      .describe('Cluster whose Services are registered: in-cluster, or the path of a kubeconfig. Default: none.'),
    ...opsSettings(9904),
    ...registrySettings,
    node: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/, 'not 1 to 64 letters, digits, . _ : or -')
      .default('registrar')
      .describe(
        'What is registered belongs to <source>@<node>. Registrars with the same name and sources stand in for each other: one of them leads.',
      ),
    deregisterAfterSeconds: z
      .int()
      .min(0)
      .max(30 * 24 * 3_600)
      .default(3_600)
      .describe(
        'Without any registrar, what was registered is critical for so long, in seconds, and is then removed; 0: never.',
      ),
    scriptChecks: z
      .boolean()
      .default(false)
      .describe('Lets checks of the file run programs as the user of this registrar.'),
    ...tlsSettings,
    ...drainSettings,
    ...logSettings,
  }),
});
