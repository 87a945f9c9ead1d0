import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import type { RegistrarSource, SourceLogger } from '../source.ts';
import { dockerSource } from './docker/docker-source.ts';
import { kubernetesSource } from './kubernetes/kubernetes-source.ts';
import { fileSource } from './file/file-source.ts';

export interface SourceSettings {
  readonly file?: string | undefined;
  readonly docker?: string | undefined;
  readonly dockerAddress: string;
  readonly kubernetes?: string | undefined;
}

/** Every kind of source there is, and the setting that asks for it. */
const KINDS: readonly ((settings: SourceSettings, logger: SourceLogger) => RegistrarSource | undefined)[] = [
  ({ file }, logger) => (file === undefined ? undefined : fileSource(file, logger)),
  ({ docker: engine, dockerAddress: publishedAt }, logger) =>
    engine === undefined ? undefined : dockerSource({ engine, publishedAt, clock, rng, logger }),
  ({ kubernetes: access }, logger) =>
    access === undefined ? undefined : kubernetesSource({ access, clock, rng, logger }),
];

/** Those that the settings ask for. @throws DockerAddressError, KubeconfigError */
export function sourcesOf(settings: SourceSettings, logger: SourceLogger): readonly RegistrarSource[] {
  const sources = KINDS.flatMap((kind) => kind(settings, logger) ?? []);
  if (sources.length === 0) {
    logger.warn({}, 'no source is named, so nothing is registered: name one with --file, --docker or --kubernetes');
  }
  return sources;
}
