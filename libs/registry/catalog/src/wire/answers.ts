import * as proto from '@portolan/contracts/catalog';
import { incarnation, MalformedAnswerError, revision } from '@portolan/kv';
import type {
  HostView,
  InstanceId,
  NodeList,
  Reason,
  Resolution,
  ServiceList,
  ServiceName,
  ServiceSummary,
  Verdict,
} from '../model.ts';
import { decodeEviction, decodeInstance, decodeNode, encodeEviction, encodeInstance, encodeNode } from './instance.ts';

const REASON_TO_WIRE = {
  check: proto.Reason_Kind.CHECK,
  lease: proto.Reason_Kind.LEASE,
  filter: proto.Reason_Kind.FILTER,
  suspicion: proto.Reason_Kind.SUSPICION,
} as const satisfies Record<Reason['kind'], proto.Reason_Kind>;

export function encodeResolution(resolution: Resolution): proto.Resolution {
  return {
    incarnation: resolution.incarnation,
    revision: BigInt(resolution.revision),
    instances: resolution.instances.map(encodeInstance),
    verdicts: resolution.verdicts.map(encodeVerdict),
  };
}

/** @throws MalformedAnswerError */
export function decodeResolution(resolution: proto.Resolution | undefined): Resolution {
  if (resolution === undefined) throw new MalformedAnswerError('an answer without a resolution');
  return {
    incarnation: incarnation(resolution.incarnation),
    revision: revision(resolution.revision),
    instances: resolution.instances.map(decodeInstance),
    verdicts: resolution.verdicts.map(decodeVerdict),
  };
}

export function encodeServiceList(list: ServiceList): proto.ServiceList {
  return {
    incarnation: list.incarnation,
    revision: BigInt(list.revision),
    services: list.services.map((summary) => ({ ...summary, metadata: { ...summary.metadata } })),
  };
}

/** @throws MalformedAnswerError */
export function decodeServiceList(list: proto.ServiceList | undefined): ServiceList {
  if (list === undefined) throw new MalformedAnswerError('an answer without a list of services');
  return {
    incarnation: incarnation(list.incarnation),
    revision: revision(list.revision),
    services: list.services.map(({ name, ...summary }): ServiceSummary => ({ ...summary, name: name as ServiceName })),
  };
}

export function encodeHostView(view: HostView): proto.HostView {
  return {
    incarnation: view.incarnation,
    revision: BigInt(view.revision),
    instances: view.instances.map(encodeInstance),
    evictions: view.evictions.map(encodeEviction),
  };
}

/** @throws MalformedAnswerError */
export function decodeHostView(view: proto.HostView): HostView {
  return {
    incarnation: incarnation(view.incarnation),
    revision: revision(view.revision),
    instances: view.instances.map(decodeInstance),
    evictions: view.evictions.map(decodeEviction),
  };
}

export function encodeNodeList(list: NodeList): proto.ListNodesResponse {
  return {
    incarnation: list.incarnation,
    revision: BigInt(list.revision),
    nodes: list.nodes.map(encodeNode),
  };
}

export function decodeNodeList(list: proto.ListNodesResponse): NodeList {
  return {
    incarnation: incarnation(list.incarnation),
    revision: revision(list.revision),
    nodes: list.nodes.map(decodeNode),
  };
}

function encodeVerdict({ instanceId, included, reasons }: Verdict): proto.Verdict {
  return {
    instanceId,
    included,
    reasons: reasons.map(({ kind, detail, revision: since }) => ({
      kind: REASON_TO_WIRE[kind],
      detail,
      revision: BigInt(since),
    })),
  };
}

function decodeVerdict({ instanceId, included, reasons }: proto.Verdict): Verdict {
  return {
    instanceId: instanceId as InstanceId,
    included,
    reasons: reasons.map(({ kind, detail, revision: since }) => ({
      kind: decodeReasonKind(kind),
      detail,
      revision: revision(since),
    })),
  };
}

function decodeReasonKind(kind: proto.Reason_Kind): Reason['kind'] {
  switch (kind) {
    case proto.Reason_Kind.CHECK:
      return 'check';
    case proto.Reason_Kind.LEASE:
      return 'lease';
    case proto.Reason_Kind.FILTER:
      return 'filter';
    case proto.Reason_Kind.SUSPICION:
      return 'suspicion';
    default:
      throw new MalformedAnswerError(`a reason of kind ${String(kind)}, which is not known`);
  }
}
