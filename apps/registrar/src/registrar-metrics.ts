import type { Registry } from '@portolan/telemetry';
import { Gauge } from 'prom-client';
import type { SourceHost } from './source-host.ts';

export interface RegistrarMetricsOptions {
  readonly sources: readonly SourceHost[];
  readonly leads: () => boolean;
}

/** Whether this one leads, and what each source has. */
export function registrarMetrics(registry: Registry, { sources, leads }: RegistrarMetricsOptions): void {
  new Gauge({
    name: 'registrar_leads',
    help: '1: this registrar writes; 0: it stands by.',
    registers: [registry],
    collect() {
      this.set(leads() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'registrar_services',
    help: 'Services that a source has.',
    labelNames: ['source'],
    registers: [registry],
    collect() {
      for (const { source, host } of sources) this.set({ source: source.name }, host.services().length);
    },
  });
  new Gauge({
    name: 'registrar_source_synced',
    help: '1: the source has been read.',
    labelNames: ['source'],
    registers: [registry],
    collect() {
      for (const { source, isSynced } of sources) this.set({ source: source.name }, isSynced ? 1 : 0);
    },
  });
}
