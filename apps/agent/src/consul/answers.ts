import { MAINTENANCE_CHECK, type LocalCheck, type LocalHost, type LocalService } from '@portolan/local-host';

const DATACENTER = 'dc1';

export interface HostIdentity {
  readonly node: string;
  readonly address: string;
  readonly agentId: string;
}

/** As `GET /v1/agent/service/:id` and the values of `/v1/agent/services`. */
export function serviceAnswer({ registration }: LocalService): object {
  const { id, service, tags, metadata, address, ports, weight } = registration;
  return {
    ID: id,
    Service: service,
    Tags: tags,
    Meta: metadata,
    Port: ports[0]?.number ?? 0,
    Address: address,
    Weights: { Passing: Math.max(1, Math.round(weight / 100)), Warning: 1 },
    EnableTagOverride: false,
    Datacenter: DATACENTER,
  };
}

/** All checks of the host by id, as `GET /v1/agent/checks`; those that only differ by service carry its id before theirs. */
export function checkAnswers(host: LocalHost, { node }: HostIdentity): Readonly<Record<string, object>> {
  const answers: Record<string, object> = {};
  const add = (id: string, answer: object, service: LocalService | undefined): void => {
    const key = id in answers && service !== undefined ? `${service.registration.id}/${id}` : id;
    answers[key] = answer;
  };
  for (const check of host.checks()) add(check.definition.id, checkAnswer(check, node, undefined), undefined);
  if (host.maintenance !== undefined) {
    add('_node_maintenance', maintenanceAnswer('_node_maintenance', host.maintenance, node, undefined), undefined);
  }
  for (const service of host.services()) {
    for (const check of service.checks) add(check.definition.id, checkAnswer(check, node, service), service);
    const id = `_service_maintenance:${service.registration.id}`;
    if (service.maintenance !== undefined) add(id, maintenanceAnswer(id, service.maintenance, node, service), service);
  }
  return answers;
}

/** As `GET /v1/agent/health/service/id/:id`: the worst of its checks, and the status code that goes with it. */
export function healthAnswer(
  host: LocalHost,
  service: LocalService,
  of: HostIdentity,
): { readonly code: number; readonly body: object } {
  const desired = host.desired().find(({ registration }) => registration.id === service.registration.id);
  const statuses = desired?.checks.map(({ status }) => status) ?? [];
  const inMaintenance = desired?.checks.some(({ id }) => id === MAINTENANCE_CHECK) === true;
  const worst = statuses.includes('critical') ? 'critical' : statuses.includes('warning') ? 'warning' : 'passing';
  const code = { passing: 200, warning: 429, critical: 503 }[worst];
  const checks = Object.values(checkAnswers(host, of)).filter(
    (check) => 'ServiceID' in check && check.ServiceID === service.registration.id,
  );
  const AggregatedStatus = inMaintenance ? 'maintenance' : worst;
  return { code, body: { AggregatedStatus, Service: serviceAnswer(service), Checks: checks } };
}

export function selfAnswer({ node, address, agentId }: HostIdentity, version: string): object {
  return {
    Config: { Datacenter: DATACENTER, NodeName: node, NodeID: agentId, Server: false, Revision: '', Version: version },
    Member: { Name: node, Addr: address, Port: 0, Tags: { role: 'node', id: agentId, dc: DATACENTER }, Status: 1 },
    Meta: {},
  };
}

function checkAnswer(
  { definition, status, output }: LocalCheck,
  node: string,
  service: LocalService | undefined,
): object {
  const probed = 'intervalMs' in definition;
  return {
    Node: node,
    CheckID: definition.id,
    Name: definition.name === '' ? `check ${definition.id}` : definition.name,
    Status: status,
    Notes: '',
    Output: output,
    ServiceID: service?.registration.id ?? '',
    ServiceName: service?.registration.service ?? '',
    ServiceTags: service?.registration.tags ?? [],
    Type: definition.kind,
    Interval: probed ? `${definition.intervalMs}ms` : '',
    Timeout: probed ? `${definition.timeoutMs}ms` : '',
  };
}

function maintenanceAnswer(id: string, reason: string, node: string, service: LocalService | undefined): object {
  return {
    Node: node,
    CheckID: id,
    Name: service === undefined ? 'Node Maintenance Mode' : 'Service Maintenance Mode',
    Status: 'critical',
    Notes: reason,
    Output: '',
    ServiceID: service?.registration.id ?? '',
    ServiceName: service?.registration.service ?? '',
    ServiceTags: service?.registration.tags ?? [],
    Type: 'maintenance',
    Interval: '',
    Timeout: '',
  };
}
