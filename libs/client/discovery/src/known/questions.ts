import type { Endpoint } from '@portolan/balancing';
import type { Subscription } from '../watching/watch-stream.ts';
import { decodeResolution, decodeServices } from '../watching/decode-answer.ts';
import { z } from 'zod';
import type { DiscoveryQuery, ServiceSummary } from '../discovery.ts';
import type { Answer, ItemKind } from './known-items.ts';

/** What can be asked of the registry, and kept: how it is asked, read, and written to disk. */
export interface Question<Item> {
  /** The same for the same question. */
  readonly key: string;
  /** For people. */
  readonly name: string;
  readonly subject: Subscription['subject'];
  readonly kind: ItemKind<Item>;
  readonly items: z.ZodType<readonly Item[]>;
  /** Without its ending; undefined: not kept on disk. */
  readonly fileName: string | undefined;
  /** @throws UnsafeIntegerError */
  decode(update: Parameters<Subscription['answered']>[0]): Answer<Item> | undefined;
}

const texts = z.record(z.string(), z.string());

const endpoints: z.ZodType<readonly Endpoint[]> = z.array(
  z.object({
    id: z.string().min(1),
    service: z.string().min(1),
    address: z.string().regex(/^.+:\d{1,5}$/),
    weight: z.int().min(1).max(65_535),
    metadata: texts,
  }),
);

const summaries: z.ZodType<readonly ServiceSummary[]> = z.array(
  z.object({
    name: z.string().min(1),
    instances: z.int().min(0),
    healthy: z.int().min(0),
    metadata: texts,
    portNames: z.array(z.string()),
  }),
);

/** Another id at the same address is a process that took the place of the one held. */
const ENDPOINT: ItemKind<Endpoint> = {
  id: ({ id }) => id,
  replaces: (item, held) => item.address === held.address,
};

const SERVICE: ItemKind<ServiceSummary> = { id: ({ name }) => name, replaces: () => false };

/** What file systems take as a name, less what is added to it. */
const FILE_NAME_MAX = 200;

/** The instances of a service that have a certain port. Kept on disk unless it is narrowed by tags or metadata. */
export function whichEndpoints(query: DiscoveryQuery): Question<Endpoint> {
  const { service, portName = 'grpc', tags = [], metadata = {} } = query;
  const sorted = [...tags].sort();
  const entries = Object.entries(metadata).sort(([one], [other]) => (one < other ? -1 : 1));
  const isPlain = tags.length === 0 && entries.length === 0;
  const fileName = `endpoints,${encodeURIComponent(service)},${encodeURIComponent(portName)}`;
  return {
    key: JSON.stringify([service, portName, sorted, entries]),
    name: `${service}:${portName}`,
    subject: {
      $case: 'query',
      value: { service, portName, tags: sorted, metadata: Object.fromEntries(entries), includeUnhealthy: false },
    },
    kind: ENDPOINT,
    items: endpoints,
    fileName: isPlain && fileName.length <= FILE_NAME_MAX ? fileName : undefined,
    decode: (update) => (update.$case === 'resolution' ? decodeResolution(update.value, portName) : undefined),
  };
}

export const WHICH_SERVICES: Question<ServiceSummary> = {
  key: 'services',
  name: 'the list of services',
  subject: { $case: 'services', value: {} },
  kind: SERVICE,
  items: summaries,
  fileName: 'services',
  decode: (update) => (update.$case === 'services' ? decodeServices(update.value) : undefined),
};
