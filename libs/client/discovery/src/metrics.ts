import type { Registry } from '@portolan/telemetry';
import { Counter, Gauge } from 'prom-client';
import type { Staleness } from './discovery.ts';

/** What the metrics are read from, each time they are asked for. */
export interface Measured {
  staleness(): Staleness;
  /** Whether there is a connection to a registry. */
  connected(): boolean;
  /** Connections made after the first one. */
  reconnects(): number;
  registrations(): { readonly wanted: number; readonly registered: number };
}

const SOURCES = ['live', 'memory', 'disk', 'none'] as const satisfies readonly Staleness['source'][];

/** Registers `discovery_*`. @returns removes them again */
export function registerMetrics(measured: Measured, registry: Registry): () => void {
  const registers = [registry];
  const age = new Gauge({
    name: 'discovery_age_ms',
    help: 'Since the registry last confirmed what is known, of the oldest part; 0 while every change arrives.',
    registers,
    collect: () => {
      age.set(measured.staleness().ageMs);
    },
  });
  const source = new Gauge({
    name: 'discovery_source',
    help: '1 for where what is known comes from: live, memory (the registry is away), disk (it was never there), none.',
    labelNames: ['source'],
    registers,
    collect: () => {
      const now = measured.staleness().source;
      for (const each of SOURCES) source.set({ source: each }, each === now ? 1 : 0);
    },
  });
  const connected = new Gauge({
    name: 'discovery_registry_connected',
    help: '1 while there is a connection to a registry.',
    registers,
    collect: () => {
      connected.set(measured.connected() ? 1 : 0);
    },
  });
  const reconnects = new Counter({
    name: 'discovery_registry_reconnects_total',
    help: 'Connections to a registry made after the first one.',
    registers,
    collect: () => {
      reconnects.reset();
      reconnects.inc(measured.reconnects());
    },
  });
  const registrations = new Gauge({
    name: 'discovery_registrations',
    help: 'Registrations of this process: those it wants, and those the registry has.',
    labelNames: ['state'],
    registers,
    collect: () => {
      const { wanted, registered } = measured.registrations();
      registrations.set({ state: 'wanted' }, wanted);
      registrations.set({ state: 'registered' }, registered);
    },
  });
  const names = [
    'discovery_age_ms',
    'discovery_source',
    'discovery_registry_connected',
    'discovery_registry_reconnects_total',
    'discovery_registrations',
  ];
  return () => {
    for (const name of names) registry.removeSingleMetric(name);
  };
}
