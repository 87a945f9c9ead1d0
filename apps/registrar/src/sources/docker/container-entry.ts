import { checkRegistration } from '@portolan/catalog';
import { checkDefinition, type CheckDefinition, type RawCheckDefinition } from '@portolan/local-host';
import type { ContainerInfo } from 'dockerode';
import parseDuration from 'parse-duration';
import type { SourceEntry } from '../../source.ts';

/** What a container says of itself begins so. */
export const LABEL = 'portolan.';

const COMPOSE_SERVICE = 'com.docker.compose.service';
const DEFAULT_PORT_NAME = 'http';

/**
 * A running container as a service. Without labels: one that exposes TCP ports, named after its Compose service or image.
 * @param publishedAt where published ports are reached
 * @returns undefined for one that is none: it has no port, or asks to be ignored
 * @throws InvalidRegistrationError, InvalidCheckError for labels that cannot be
 */
export function containerEntry(container: ContainerInfo, publishedAt: string): SourceEntry | undefined {
  const { Labels: labels } = container;
  if (labels[`${LABEL}ignore`] === 'true') return undefined;
  const at = placeOf(container, publishedAt);
  if (at === undefined) return undefined;
  const name = (container.Names[0] ?? '').replace(/^\//, '');
  const registration = checkRegistration({
    service: labels[`${LABEL}service`] ?? labels[COMPOSE_SERVICE] ?? imageName(container.Image),
    id: labels[`${LABEL}id`] ?? `${name}-${container.Id.slice(0, 12)}`,
    ...at,
    tags: list(labels[`${LABEL}tags`]),
    metadata: withPrefix(labels, `${LABEL}meta.`),
    ...(labels[`${LABEL}weight`] === undefined ? {} : { weight: Number(labels[`${LABEL}weight`]) }),
  });
  const [port] = registration.ports;
  const checks = port === undefined ? [] : checksOf(labels, at.address, port.number);
  return { registration, checks, health: healthOf(container.Status) };
}

interface Place {
  readonly address: string;
  readonly ports: readonly { readonly name: string; readonly number: number }[];
}

/** Ports that are all published are reached at the host, others at the container itself. */
function placeOf(container: ContainerInfo, publishedAt: string): Place | undefined {
  const wanted = wantedPorts(container);
  if (wanted.length === 0) return undefined;
  const published = wanted.map(({ name, number }) => {
    const found = container.Ports.find(
      ({ PrivatePort, PublicPort, Type }) => PrivatePort === number && PublicPort > 0 && Type === 'tcp',
    );
    return found === undefined ? undefined : { name, number: found.PublicPort, ip: found.IP };
  });
  const all = published.filter((port) => port !== undefined);
  if (all.length === wanted.length) {
    const [{ ip } = { ip: '' }] = all;
    const everywhere = /^(|0\.0\.0\.0|::)$/.test(ip);
    return { address: everywhere ? publishedAt : ip, ports: all.map(({ name, number }) => ({ name, number })) };
  }
  const networks = Object.values(container.NetworkSettings.Networks);
  const address = networks.map(({ IPAddress }) => IPAddress).find((ip) => ip !== '');
  return address === undefined ? undefined : { address, ports: wanted };
}

/** By label, or what the image exposes. */
function wantedPorts({ Labels: labels, Ports: ports }: ContainerInfo): Place['ports'] {
  const named = Object.entries(withPrefix(labels, `${LABEL}port.`)).map(([name, number]) => ({
    name,
    number: Number(number),
  }));
  const one = labels[`${LABEL}port`];
  if (one !== undefined) return [{ name: DEFAULT_PORT_NAME, number: Number(one) }, ...named];
  if (named.length > 0) return named;
  const exposed = [...new Set(ports.filter(({ Type }) => Type === 'tcp').map(({ PrivatePort }) => PrivatePort))].sort(
    (a, b) => a - b,
  );
  return exposed.map((number, index) => ({ name: index === 0 ? DEFAULT_PORT_NAME : `port-${number}`, number }));
}

function checksOf(labels: Readonly<Record<string, string>>, address: string, port: number): readonly CheckDefinition[] {
  const host = address.includes(':') ? `[${address}]` : address;
  const interval = labels[`${LABEL}check.interval`];
  const intervalMs = interval === undefined ? {} : { intervalMs: parseDuration(interval) ?? Number.NaN };
  const path = labels[`${LABEL}check.http`];
  const checks: RawCheckDefinition[] = [];
  if (path !== undefined)
    checks.push({ kind: 'http', id: 'http', url: `http://${host}:${port}${path}`, ...intervalMs });
  if (labels[`${LABEL}check.tcp`] === 'true')
    checks.push({ kind: 'tcp', id: 'tcp', host: address, port, ...intervalMs });
  return checks.map(checkDefinition);
}

/** Docker has it in words: `Up 5 minutes (unhealthy)`. @returns undefined: the image has no health check */
function healthOf(status: string): SourceEntry['health'] {
  const said = /\((.*)\)$/.exec(status)?.[1];
  if (said === undefined) return undefined;
  if (said === 'Paused') return { status: 'critical', output: 'the container is paused' };
  if (said === 'healthy') return { status: 'passing', output: status };
  // Until the first health check has passed, it is not known to work.
  return said === 'unhealthy' || said.startsWith('health: starting')
    ? { status: 'critical', output: status }
    : undefined;
}

/** `registry.example:5000/shop/web:1.2@sha256:…` is `web`. */
function imageName(image: string): string {
  return /([^/:@]+)(:[^/@]+)?(@.*)?$/.exec(image)?.[1] ?? image;
}

const list = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function withPrefix(labels: Readonly<Record<string, string>>, prefix: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}
