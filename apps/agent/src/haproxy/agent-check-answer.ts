import type { LocalHost } from '@portolan/local-host';

/**
 * One line of HAProxy's agent-check (its manual, "agent-check"): state, administrative state, share of the weight.
 * @param asked what `agent-send` sent: the id of a service of this host, or empty for the host
 * @param weightPercent what the host asks for
 */
export function agentCheckAnswer(host: LocalHost, asked: string, weightPercent: number): string {
  const id = asked.trim();
  if (host.maintenance !== undefined) return 'maint\n';
  if (id === '') return `up ready ${weightPercent}%\n`;
  const desired = host.desired().find(({ registration }) => registration.id === id);
  const service = host.services().find(({ registration }) => registration.id === id);
  // `stopped` takes it out as `down` does, and says that somebody meant it.
  if (desired === undefined || service === undefined) return 'stopped #not registered at its agent\n';
  if (service.maintenance !== undefined) return 'maint\n';
  const failed = desired.checks.find(({ status }) => status === 'critical');
  if (failed !== undefined) return `down ready #check ${failed.id} is critical\n`;
  const warned = desired.checks.some(({ status }) => status === 'warning');
  return `up ready ${warned ? Math.max(1, Math.round(weightPercent / 2)) : weightPercent}%\n`;
}
