import type { DiskFaults } from '../disk/disk-faults.ts';
import type { VirtualHost } from '../host/virtual-host.ts';
import type { Cut } from '../network/cut.ts';
import { LAN, type LinkConditions } from '../network/link-conditions.ts';
import type { VirtualWorld } from '../virtual-world.ts';

/** What a nemesis can do to a system. Hosts by name. */
export interface NemesisTarget {
  cut(cut: Cut): void;
  heal(cut: Cut): void;
  /** Of every link. `undefined`: as they are without a nemesis. */
  setConditions(conditions: LinkConditions | undefined): void;
  /** `power`: what was not synced may be lost. `process`: kill -9. */
  crash(host: string, what: 'power' | 'process'): void;
  restart(host: string): void;
  pause(host: string): void;
  resume(host: string): void;
  setDiskFaults(host: string, faults: Partial<DiskFaults>): void;
  /** No more bytes than it has now. */
  fillDisk(host: string): void;
  setClockRate(host: string, rate: number): void;
  jumpCalendar(host: string, byMs: number): void;
}

export interface WorldTargetOptions {
  /** Called for a host that is down: starts a new life (`host.restart()`), and in it what runs there. */
  readonly restart: (host: VirtualHost) => void;
  /** Of links while the nemesis leaves them alone. Default: `LAN`. */
  readonly conditions?: LinkConditions;
}

/** A virtual world as the target. */
export function worldTarget<Message>(world: VirtualWorld<Message>, options: WorldTargetOptions): NemesisTarget {
  const { network } = world;
  return {
    cut: (cut) => {
      network.cut(cut);
    },
    heal: (cut) => {
      network.heal(cut);
    },
    setConditions: (conditions) => {
      network.setConditions(conditions ?? options.conditions ?? LAN);
    },
    crash: (name, what) => {
      const host = world.host(name);
      if (what === 'power') host.crash();
      else host.kill();
    },
    restart: (name) => {
      const host = world.host(name);
      if (host.state === 'down') options.restart(host);
    },
    pause: (name) => {
      world.host(name).pause();
    },
    resume: (name) => {
      world.host(name).resume();
    },
    setDiskFaults: (name, faults) => {
      world.host(name).drive.setFaults(faults);
    },
    fillDisk: (name) => {
      const { drive } = world.host(name);
      drive.setFaults({ capacityBytes: drive.usedBytes });
    },
    setClockRate: (name, rate) => {
      world.host(name).setClockRate(rate);
    },
    jumpCalendar: (name, byMs) => {
      world.host(name).jumpCalendar(byMs);
    },
  };
}
