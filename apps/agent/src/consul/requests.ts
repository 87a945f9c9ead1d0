import { checkRegistration, type Registration } from '@portolan/catalog';
import { readCheckDefinition, type CheckDefinition } from '@portolan/local-host';
import { z } from 'zod';
import { ConsulRequestError } from '../errors.ts';
import { goDuration } from './durations.ts';
import { plainNames } from './field-names.ts';

const text = z.string().default('');
const texts = z.record(z.string(), z.string()).nullish();

const check = z.object({
  id: text,
  checkid: text,
  name: text,
  serviceid: text,
  http: text,
  method: text,
  header: z.record(z.string(), z.array(z.string())).nullish(),
  body: text,
  tlsskipverify: z.boolean().default(false),
  tcp: text,
  grpc: text,
  ttl: goDuration.optional(),
  args: z.array(z.string()).nullish(),
  scriptargs: z.array(z.string()).nullish(),
  aliasservice: text,
  interval: goDuration.optional(),
  timeout: goDuration.optional(),
  status: z.enum(['', 'passing', 'warning', 'critical']).default(''),
  deregistercriticalserviceafter: goDuration.optional(),
  successbeforepassing: z.int().min(0).default(0),
  failuresbeforecritical: z.int().min(0).default(0),
});
type ConsulCheck = z.output<typeof check>;

const service = z.object({
  id: text,
  name: z.string().min(1),
  address: text,
  port: z.int().min(1, 'is needed: Portolan registers where a service is reached').max(65_535),
  tags: z.array(z.string()).nullish(),
  meta: texts,
  weights: z.object({ passing: z.int().min(0).default(1) }).nullish(),
  check: check.nullish(),
  checks: z.array(check).nullish(),
});

export interface ServiceRequest {
  readonly registration: Registration;
  readonly checks: readonly CheckDefinition[];
}

export interface CheckRequest {
  readonly definition: CheckDefinition;
  /** undefined: of the host as a whole. */
  readonly serviceId: string | undefined;
}

/** Consul's weights begin at 1, ours leave room below. */
const WEIGHT_SCALE = 100;

/**
 * `PUT /v1/agent/service/register`.
 * @param hostAddress where services are that do not say it
 * @throws ConsulRequestError, InvalidRegistrationError, InvalidCheckError
 */
export function readServiceRequest(body: unknown, hostAddress: string): ServiceRequest {
  const read = parsed(service, body, 'a service');
  const id = read.id === '' ? read.name : read.id;
  const metadata = read.meta ?? {};
  const registration = checkRegistration({
    service: read.name,
    id,
    address: read.address === '' ? hostAddress : read.address,
    // Consul's port has no name; ours are asked for by name.
    ports: [{ name: metadata.protocol === 'grpc' ? 'grpc' : 'http', number: read.port }],
    tags: read.tags ?? [],
    metadata,
    weight: Math.max(1, (read.weights?.passing ?? 1) * WEIGHT_SCALE),
  });
  const checks = [read.check ?? [], read.checks ?? []].flat();
  return {
    registration,
    checks: checks.map((one, index) =>
      definitionOf(one, checks.length === 1 ? `service:${id}` : `service:${id}:${index + 1}`),
    ),
  };
}

/** `PUT /v1/agent/check/register`. @throws ConsulRequestError, InvalidCheckError */
export function readCheckRequest(body: unknown): CheckRequest {
  const read = parsed(check, body, 'a check');
  return {
    definition: definitionOf(read, read.name),
    serviceId: read.serviceid === '' ? undefined : read.serviceid,
  };
}

const update = z.object({ status: z.enum(['passing', 'warning', 'critical']), output: text });

/** `PUT /v1/agent/check/update/:id`. @throws ConsulRequestError */
export function readUpdate(body: unknown): z.output<typeof update> {
  return parsed(update, body, 'an update');
}

function definitionOf(read: ConsulCheck, defaultId: string): CheckDefinition {
  const common = {
    id: [read.checkid, read.id, defaultId].find((id) => id !== '') ?? '',
    name: read.name,
    successThreshold: Math.max(1, read.successbeforepassing),
    failureThreshold: Math.max(1, read.failuresbeforecritical),
    deregisterAfterMs: read.deregistercriticalserviceafter ?? 0,
    initialStatus: read.status === '' ? ('critical' as const) : read.status,
  };
  return readCheckDefinition({ ...kindOf(read), ...common });
}

function kindOf(read: ConsulCheck): object {
  const probed = {
    ...(read.interval === undefined ? {} : { intervalMs: read.interval }),
    ...(read.timeout === undefined || read.timeout === 0 ? {} : { timeoutMs: read.timeout }),
  };
  if (read.ttl !== undefined) return { kind: 'ttl', ttlMs: read.ttl };
  if (read.aliasservice !== '') return { kind: 'alias', instanceId: read.aliasservice };
  if (read.http !== '') {
    const { http: url, method, body, tlsskipverify: tlsSkipVerify } = read;
    return {
      kind: 'http',
      ...probed,
      url,
      ...(method === '' ? {} : { method }),
      headers: read.header ?? {},
      body,
      tlsSkipVerify,
    };
  }
  if (read.tcp !== '') {
    const colon = read.tcp.lastIndexOf(':');
    return { kind: 'tcp', ...probed, host: read.tcp.slice(0, colon), port: Number(read.tcp.slice(colon + 1)) };
  }
  if (read.grpc !== '') {
    const slash = read.grpc.indexOf('/');
    const [address, name] = slash === -1 ? [read.grpc, ''] : [read.grpc.slice(0, slash), read.grpc.slice(slash + 1)];
    return { kind: 'grpc', ...probed, address, service: name };
  }
  const args = read.args ?? read.scriptargs;
  if (args) return { kind: 'script', ...probed, args };
  throw new ConsulRequestError('this check has none of TTL, HTTP, TCP, GRPC, Args and AliasService', {
    fix: 'say how it is checked, such as {"HTTP": "http://localhost:8080/health", "Interval": "10s"}',
  });
}

function parsed<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const read = schema.safeParse(plainNames(body));
  if (read.success) return read.data;
  const problems = read.error.issues.map(
    ({ path, message }) => `${path.join('.') === '' ? 'the body' : path.join('.')}: ${message}`,
  );
  throw new ConsulRequestError(`this is not ${what} as Consul's API has it: ${problems.join('; ')}`, {
    fix: "see Consul's documentation of /v1/agent",
    context: { problems: problems.length },
  });
}
