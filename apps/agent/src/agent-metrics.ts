import type { AgentUpstream } from '@portolan/discovery/agent';
import type { Convergence, LocalHost } from '@portolan/local-host';
import type { Registry } from '@portolan/telemetry';
import { Gauge } from 'prom-client';
import type { RelayedAnswers } from './catalog/relayed-answers.ts';
import type { HostLoad } from './load/load-sampler.ts';

export interface AgentMetricsOptions {
  readonly host: LocalHost;
  readonly upstream: Pick<AgentUpstream, 'state'>;
  readonly convergence: Pick<Convergence, 'converged'>;
  readonly answers: Pick<RelayedAnswers, 'size'>;
  readonly load: () => HostLoad;
}

/** What an operator asks first: does the registry have it all, and how is the host. */
export function agentMetrics(
  registry: Registry,
  { host, upstream, convergence, answers, load }: AgentMetricsOptions,
): void {
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  };
  gauge('agent_services', 'Services registered at this agent.', () => host.services().length);
  gauge('agent_registry_connected', '1: a registry answers.', () => (upstream.state === 'connected' ? 1 : 0));
  gauge('agent_converged', '1: the registry has what this host has.', () => (convergence.converged ? 1 : 0));
  gauge('agent_relayed_questions', 'Questions of local services that are followed.', () => answers.size);
  gauge('agent_host_cpu_ratio', 'Busy share of all cores, smoothed.', () => load().cpu);
  gauge('agent_host_memory_ratio', 'Used share of the memory.', () => load().memory);
  gauge('agent_host_event_loop_delay_seconds', 'How late timers are, p99.', () => load().eventLoopDelayMs / 1_000);
  gauge('agent_weight_percent', 'Share of its weight that the host asks for.', () => load().weightPercent);
  new Gauge({
    name: 'agent_checks',
    help: 'Checks by status.',
    labelNames: ['status'],
    registers: [registry],
    collect() {
      const checks = [...host.checks(), ...host.services().flatMap((service) => service.checks)];
      for (const status of ['passing', 'warning', 'critical']) {
        this.set({ status }, checks.filter((check) => check.status === status).length);
      }
    },
  });
}
