import { PortolanError, type Clock, type Rng, type Timer } from '@portolan/kernel';
import { backoff, type BackoffOptions } from '@portolan/resilience';
import { sleep } from '@portolan/runtime';
import Docker from 'dockerode';
import { finished } from 'node:stream/promises';
import { DockerAddressError } from '../../errors.ts';
import type { RegistrarSource, SourceEntry, SourceLogger } from '../../source.ts';
import { Changes } from '../changes.ts';
import { containerEntry } from './container-entry.ts';

/** Should an event have been missed, it is made up for so long after. */
export const RESYNC_MS = 15_000;

const RETRY: BackoffOptions = { baseMs: 200, maxMs: 5_000, factor: 2 };

export interface DockerSourceOptions {
  /** `unix:///var/run/docker.sock` or `tcp://host:2375` */
  readonly engine: string;
  /** Where published ports are reached. */
  readonly publishedAt: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: SourceLogger;
}

/**
 * The running containers of a Docker engine: listed when it says that something happened, and every 15 s. While it is away
 * what was known stands.
 * @throws DockerAddressError
 */
export function dockerSource({ engine, publishedAt, clock, rng, logger }: DockerSourceOptions): RegistrarSource {
  const docker = connectTo(engine);
  const refused = new Map<string, string>();
  /** One container with labels that cannot be is left out, and said so once; the others are not its fault. */
  const entriesOf = async (): Promise<readonly SourceEntry[]> => {
    const containers = await docker.listContainers({ filters: JSON.stringify({ status: ['running', 'paused'] }) });
    return containers.flatMap((container) => {
      try {
        return containerEntry(container, publishedAt) ?? [];
      } catch (error) {
        if (!(error instanceof PortolanError)) throw error;
        if (refused.get(container.Id) !== error.message) {
          logger.error(
            { container: container.Names[0], fix: error.fix },
            `cannot register a container: ${error.message}`,
          );
        }
        refused.set(container.Id, error.message);
        return [];
      }
    });
  };
  return {
    name: 'docker',
    async *entries(signal) {
      const changes = new Changes();
      const over = new AbortController();
      const ended = AbortSignal.any([signal, over.signal]);
      void follow(docker, changes, { clock, rng, logger }, ended);
      let failures = 0;
      let resync: Timer | undefined;
      try {
        while (await changes.next(signal)) {
          try {
            resync?.cancel();
            yield await entriesOf();
            failures = 0;
            resync = clock.after(RESYNC_MS, () => {
              changes.ring();
            });
          } catch (error) {
            if (failures === 0) logger.warn({ err: error, engine }, 'cannot list containers; what was known stands');
            await sleep(clock, backoff(RETRY, failures, rng), signal).catch(() => undefined);
            failures += 1;
            changes.ring();
          }
        }
      } finally {
        resync?.cancel();
        over.abort();
      }
    },
  };
}

/** Rings at each event of a container, over as many connections as that takes. Never rejects. */
async function follow(
  docker: Docker,
  changes: Changes,
  { clock, rng, logger }: Pick<DockerSourceOptions, 'clock' | 'rng' | 'logger'>,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const events = await docker.getEvents({ filters: JSON.stringify({ type: ['container'] }), abortSignal: signal });
      failures = 0;
      // What happened before the stream was open.
      changes.ring();
      events.on('data', () => {
        changes.ring();
      });
      await finished(events, { signal });
    } catch (error) {
      // A function: TypeScript believes that what it saw before an await still holds.
      const ended = (): boolean => signal.aborted;
      if (!ended()) logger.debug({ err: error }, 'the events of Docker ended');
    }
    await sleep(clock, backoff(RETRY, failures, rng), signal).catch(() => undefined);
  }
}

function connectTo(engine: string): Docker {
  const socket = /^unix:\/\/(\/.+)$/.exec(engine)?.[1];
  if (socket !== undefined) return new Docker({ socketPath: socket });
  const tcp = /^(?:tcp|http):\/\/([^:/]+):(\d+)\/?$/.exec(engine);
  if (tcp?.[1] !== undefined) return new Docker({ host: tcp[1], port: Number(tcp[2]), protocol: 'http' });
  throw new DockerAddressError(`${engine} is no address of a Docker engine`, {
    fix: 'say unix:///var/run/docker.sock or tcp://host:2375',
    context: { engine },
  });
}
