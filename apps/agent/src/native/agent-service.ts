import { checkRegistration, InvalidRegistrationError } from '@portolan/catalog';
import { decodeHealth, encodeCheck, encodeRegistration } from '@portolan/catalog/wire';
import type { AgentServiceService, CheckDefinition as WireCheck } from '@portolan/contracts/agent';
import type { CheckStatus } from '@portolan/contracts/catalog';
import { readCheckDefinition, type CheckDefinition, type Convergence, type LocalHost } from '@portolan/local-host';
import type { Implementation } from '@portolan/rpc';
import type { HostLoad } from '../load/load-sampler.ts';

export interface AgentServiceOptions {
  readonly host: LocalHost;
  readonly convergence: Pick<Convergence, 'converged' | 'refusal'>;
  readonly node: string;
  readonly load: () => HostLoad;
}

/** The agent on native gRPC. */
export function agentService({
  host,
  convergence,
  node,
  load,
}: AgentServiceOptions): Implementation<typeof AgentServiceService> {
  return {
    async register({ registration, checks }) {
      if (registration === undefined) throw missing('registration');
      await host.register(checkRegistration(registration), checks.map(decodeCheck));
      return {};
    },
    async deregister({ id }) {
      await host.deregister(id);
      return {};
    },
    async reportCheck({ serviceId, checkId, status, output }) {
      host.report(checkId, healthOf(status), output, serviceId);
      return {};
    },
    async setMaintenance({ serviceId, enabled, reason }) {
      const why = enabled ? (reason === '' ? 'maintenance' : reason) : undefined;
      await host.setMaintenance(why, serviceId === '' ? undefined : serviceId);
      return {};
    },
    async listServices() {
      const desired = new Map(host.desired().map((one) => [one.registration.id, one]));
      const services = host.services().map(({ registration, maintenance }) => ({
        registration: encodeRegistration(registration),
        checks: (desired.get(registration.id)?.checks ?? []).map(encodeCheck),
        maintenance: maintenance ?? '',
        refused: convergence.refusal({ service: registration.service, instanceId: registration.id }) ?? '',
      }));
      return { node, services, converged: convergence.converged };
    },
    getLoad: async () => load(),
  };
}

/** @throws InvalidCheckError */
function decodeCheck(check: WireCheck): CheckDefinition {
  const { id, name, deregisterAfterMs, initialStatus } = check;
  const common = {
    id,
    name,
    deregisterAfterMs,
    initialStatus: decodeHealth(initialStatus) ?? 'critical',
    ...said({ successThreshold: check.successThreshold, failureThreshold: check.failureThreshold }),
  };
  const probed = said({ intervalMs: check.intervalMs, timeoutMs: check.timeoutMs });
  return readCheckDefinition({ ...kindOf(check, probed), ...common });
}

function kindOf({ kind }: WireCheck, probed: object): object {
  switch (kind?.$case) {
    case 'http': {
      const { method, headers, ...rest } = kind.value;
      const many = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
      return { kind: 'http', ...probed, ...rest, headers: many, ...(method === '' ? {} : { method }) };
    }
    case 'tcp':
    case 'grpc':
    case 'script':
      return { kind: kind.$case, ...probed, ...kind.value };
    case 'ttl':
      return { kind: 'ttl', ...kind.value };
    case 'alias':
      return { kind: 'alias', instanceId: kind.value.serviceId };
    case undefined:
      return {};
  }
}

/** 0: not said. */
function said(numbers: Readonly<Record<string, number>>): object {
  return Object.fromEntries(Object.entries(numbers).filter(([, number]) => number !== 0));
}

function healthOf(status: CheckStatus): 'passing' | 'warning' | 'critical' {
  const health = decodeHealth(status);
  if (health === undefined) throw missing('status');
  return health;
}

function missing(field: string): InvalidRegistrationError {
  return new InvalidRegistrationError([{ field, value: 'missing', limit: 'said', fix: `send ${field}` }]);
}
