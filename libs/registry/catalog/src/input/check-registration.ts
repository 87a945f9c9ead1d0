import type { HostClaim } from '../catalog.ts';
import { InvalidRegistrationError } from '../errors.ts';
import { PORTS_MAX, WEIGHT_DEFAULT, WEIGHT_MAX } from '../limits.ts';
import type { Node, NodeName, Port, Registration } from '../model.ts';
import { address } from './address.ts';
import { metadata, tags } from './labels.ts';
import { instanceId, nodeName, portName, serviceName } from './names.ts';
import { Problems, shown } from './problem.ts';

export interface RawPort {
  readonly name: string;
  readonly number: number;
}

/** As it comes over the wire, from a file, from a person. */
export interface RawRegistration {
  readonly service: string;
  readonly id: string;
  /** Empty: not said. */
  readonly node?: string;
  readonly address: string;
  readonly ports: readonly RawPort[];
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** 0: the default. */
  readonly weight?: number;
}

export interface RawNode {
  readonly name: string;
  readonly address: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** @throws InvalidRegistrationError with all its problems */
export function checkRegistration(raw: RawRegistration): Registration {
  const problems = new Problems();
  const weight = raw.weight === undefined || raw.weight === 0 ? WEIGHT_DEFAULT : raw.weight;
  const registration: Registration = {
    service: serviceName(raw.service, 'service', problems),
    id: instanceId(raw.id, 'id', problems),
    node: raw.node === undefined || raw.node === '' ? undefined : nodeName(raw.node, 'node', problems),
    address: address(raw.address, 'address', problems),
    ports: ports(raw.ports, problems),
    tags: tags(raw.tags ?? [], 'tags', problems),
    metadata: metadata(raw.metadata ?? {}, 'metadata', problems),
    weight,
  };
  problems.expect(isWholeIn(weight, WEIGHT_MAX), () => ({
    field: 'weight',
    value: shown(weight),
    limit: `a whole number from 1 to ${WEIGHT_MAX}`,
    fix: `scale the weights of the service; the default is ${WEIGHT_DEFAULT}`,
  }));
  if (problems.found.length > 0) throw new InvalidRegistrationError(problems.found);
  return registration;
}

/** @throws InvalidRegistrationError with all its problems */
export function checkNode(raw: RawNode): Node {
  const problems = new Problems();
  const node: Node = {
    name: nodeName(raw.name, 'node.name', problems),
    address: address(raw.address, 'node.address', problems),
    metadata: metadata(raw.metadata ?? {}, 'node.metadata', problems),
  };
  if (problems.found.length > 0) throw new InvalidRegistrationError(problems.found);
  return node;
}

export interface RawHostClaim {
  readonly node: RawNode;
  readonly agentId: string;
  readonly deregisterAfterSeconds: number;
}

/** @throws InvalidRegistrationError with all its problems */
export function checkHostClaim(raw: RawHostClaim): HostClaim {
  const problems = new Problems();
  const { deregisterAfterSeconds } = raw;
  problems.expect(Number.isInteger(deregisterAfterSeconds) && deregisterAfterSeconds >= 0, () => ({
    field: 'host.deregisterAfterSeconds',
    value: shown(deregisterAfterSeconds),
    limit: 'a whole number of seconds, 0 for never',
    fix: 'say how long the instances of a dead host stay',
  }));
  const agentId: string = instanceId(raw.agentId, 'host.agentId', problems);
  if (problems.found.length > 0) throw new InvalidRegistrationError(problems.found);
  return { node: checkNode(raw.node), agentId, deregisterAfterSeconds };
}

/** @throws InvalidRegistrationError */
export function checkNodeName(raw: string, field: string): NodeName {
  const problems = new Problems();
  const name = nodeName(raw, field, problems);
  if (problems.found.length > 0) throw new InvalidRegistrationError(problems.found);
  return name;
}

function ports(raw: readonly RawPort[], problems: Problems): readonly Port[] {
  problems.expect(raw.length > 0 && raw.length <= PORTS_MAX, () => ({
    field: 'ports',
    value: `${raw.length} ports`,
    limit: `1 to ${PORTS_MAX}`,
    fix: 'name each port that callers may use, such as {"name": "grpc", "number": 5000}',
  }));
  const seen = new Set<string>();
  return raw.slice(0, PORTS_MAX).map(({ name, number }, index) => {
    const field = `ports[${index}]`;
    problems.expect(!seen.has(name), () => ({
      field: `${field}.name`,
      value: shown(name),
      limit: 'unique in its instance',
      fix: 'rename or remove one of them',
    }));
    seen.add(name);
    problems.expect(isWholeIn(number, 65_535), () => ({
      field: `${field}.number`,
      value: shown(number),
      limit: 'a whole number from 1 to 65535',
      fix: 'register the port that the process really listens on',
    }));
    return { name: portName(name, `${field}.name`, problems), number };
  });
}

function isWholeIn(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}
