import type * as proto from '@portolan/contracts/catalog';
import { checkedInteger } from '@portolan/kernel';
import { leaseId, MalformedAnswerError, revision } from '@portolan/kv';
import type {
  Check,
  CheckId,
  Eviction,
  Health,
  Instance,
  InstanceId,
  Node,
  NodeName,
  Owner,
  Registration,
  ServiceName,
} from '../model.ts';
import { decodeHealth, encodeHealth } from './health.ts';

// What is decoded here was checked when it was registered: it comes from a store or a registry, not from a registrant.

export function encodeRegistration(registration: Registration): proto.Registration {
  const { service, id, node, address, ports, tags, metadata, weight } = registration;
  return { service, id, node: node ?? '', address, ports, tags, metadata: { ...metadata }, weight };
}

/** @throws MalformedAnswerError */
export function decodeRegistration(registration: proto.Registration | undefined): Registration {
  if (registration === undefined) throw new MalformedAnswerError('an instance without a registration');
  const { service, id, node, address, ports, tags, metadata, weight } = registration;
  return {
    service: service as ServiceName,
    id: id as InstanceId,
    node: node === '' ? undefined : (node as NodeName),
    address,
    ports,
    tags,
    metadata,
    weight,
  };
}

export function encodeOwner(owner: Owner): proto.Owner {
  switch (owner.kind) {
    case 'agent':
      return {
        kind: { $case: 'agent', value: { node: owner.node, deregisterAfterSeconds: owner.deregisterAfterSeconds } },
      };
    case 'lease':
      return { kind: { $case: 'lease', value: { id: owner.id } } };
    case 'operator':
      return { kind: { $case: 'operator', value: { principal: owner.principal } } };
  }
}

/** @throws MalformedAnswerError */
export function decodeOwner(owner: proto.Owner | undefined): Owner {
  switch (owner?.kind?.$case) {
    case 'agent':
      return {
        kind: 'agent',
        node: owner.kind.value.node as NodeName,
        deregisterAfterSeconds: owner.kind.value.deregisterAfterSeconds,
      };
    case 'lease':
      return { kind: 'lease', id: leaseId(owner.kind.value.id) };
    case 'operator':
      return { kind: 'operator', principal: owner.kind.value.principal };
    case undefined:
      throw new MalformedAnswerError('an instance without an owner');
  }
}

export function encodeCheck({ id, status, output, since }: Check): proto.Check {
  return { id, status: encodeHealth(status), output, since: BigInt(Math.trunc(since)) };
}

/** @throws MalformedAnswerError */
export function decodeCheck(check: proto.Check | undefined): Check {
  if (check === undefined) throw new MalformedAnswerError('a check without content');
  const { id, status, output, since } = check;
  return { id: id as CheckId, status: knownHealth(status), output, since: checkedInteger(since, 'since') };
}

export function encodeEviction({ service, instanceId, node, principal }: Eviction): proto.Eviction {
  return { service, instanceId, node, principal };
}

/** @throws MalformedAnswerError */
export function decodeEviction(eviction: proto.Eviction | undefined): Eviction {
  if (eviction === undefined) throw new MalformedAnswerError('an eviction without content');
  const { service, instanceId, node, principal } = eviction;
  return { service: service as ServiceName, instanceId: instanceId as InstanceId, node: node as NodeName, principal };
}

export function encodeNode({ name, address, metadata }: Node): proto.Node {
  return { name, address, metadata: { ...metadata } };
}

export function decodeNode({ name, address, metadata }: proto.Node): Node {
  return { name: name as NodeName, address, metadata };
}

export function encodeInstance(instance: Instance): proto.Instance {
  return {
    registration: encodeRegistration(instance.registration),
    owner: encodeOwner(instance.owner),
    checks: instance.checks.map(encodeCheck),
    health: encodeHealth(instance.health),
    createRevision: BigInt(instance.createRevision),
    modRevision: BigInt(instance.modRevision),
  };
}

/** @throws MalformedAnswerError */
export function decodeInstance(instance: proto.Instance): Instance {
  return {
    registration: decodeRegistration(instance.registration),
    owner: decodeOwner(instance.owner),
    checks: instance.checks.map(decodeCheck),
    health: knownHealth(instance.health),
    createRevision: revision(instance.createRevision),
    modRevision: revision(instance.modRevision),
  };
}

function knownHealth(status: proto.CheckStatus): Health {
  const health = decodeHealth(status);
  if (health === undefined) throw new MalformedAnswerError(`the check status ${String(status)}, which is not known`);
  return health;
}
