import type { AgentUpstream } from '@portolan/discovery/agent';
import type { Readiness } from '@portolan/telemetry';

/** An agent serves its host whether or not a registry is there: that is shown, but takes nothing away. */
export function agentReadiness(state: AgentUpstream['state'], converged: boolean, draining: boolean): Readiness {
  return {
    ready: !draining,
    checks: {
      registry: { ok: state === 'connected', detail: state },
      converged: { ok: converged, detail: converged ? 'the registry has what this host has' : 'on its way' },
      accepting: { ok: !draining, detail: draining ? 'draining' : 'accepting' },
    },
  };
}
