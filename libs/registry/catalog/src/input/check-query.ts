import { InvalidRegistrationError } from '../errors.ts';
import type { Query } from '../model.ts';
import { metadata, tags } from './labels.ts';
import { portName, serviceName } from './names.ts';
import { Problems } from './problem.ts';

/** As it comes over the wire; what is empty is not asked for. */
export interface RawQuery {
  readonly service: string;
  readonly portName?: string;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly includeUnhealthy?: boolean;
}

/** @throws InvalidRegistrationError with all its problems */
export function checkQuery(raw: RawQuery): Query {
  const problems = new Problems();
  const port = raw.portName === undefined || raw.portName === '' ? undefined : raw.portName;
  const query: Query = {
    service: serviceName(raw.service, 'service', problems),
    ...(port === undefined ? {} : { portName: portName(port, 'portName', problems) }),
    tags: tags(raw.tags ?? [], 'tags', problems),
    metadata: metadata(raw.metadata ?? {}, 'metadata', problems),
    includeUnhealthy: raw.includeUnhealthy ?? false,
  };
  if (problems.found.length > 0) throw new InvalidRegistrationError(problems.found);
  return query;
}
