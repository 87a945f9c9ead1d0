import { PortolanError, type Clock, type ErrorKind, type Rng } from '@portolan/kernel';
import type { CallInterceptor } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import type { OpsAnswer, OpsRoute } from '@portolan/telemetry';
import { z } from 'zod';
import { concerns, faultsSchema, NO_FAULTS, type Faults } from './faults.ts';

export interface FaultInjectionOptions {
  readonly clock: Clock;
  /** Decides which calls fail. */
  readonly rng: Rng;
}

/** Makes a running service slow or failing, on request through its ops port. Harmless until asked. */
export interface FaultInjection {
  /** For `startRpcServer({ interceptors: [interceptor] })`. */
  readonly interceptor: CallInterceptor;
  /** For `startOpsServer({ routes: opsRoutes })`: GET, PUT and DELETE `/faults`. */
  readonly opsRoutes: readonly OpsRoute[];
}

/** A call failed because somebody asked for it. */
export class InjectedFault extends PortolanError {
  readonly code = 'FAULT_INJECTED';
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, method: string) {
    super(`${method} fails on purpose`, { fix: 'DELETE /faults on the ops port of this service', context: { method } });
    this.kind = kind;
  }
}

export function createFaultInjection({ clock, rng }: FaultInjectionOptions): FaultInjection {
  let faults = NO_FAULTS;
  const show = (): OpsAnswer => ({ status: 200, body: faults });
  return {
    interceptor: async (call) => {
      // What is asked for while this call waits concerns the calls after it.
      const { delayMs, failureRate, status } = faults;
      if (!concerns(faults, call.method)) return;
      if (delayMs > 0) await sleep(clock, delayMs, call.signal);
      if (failureRate > 0 && rng.float() < failureRate) throw new InjectedFault(status, call.method);
    },
    opsRoutes: [
      {
        method: 'GET',
        path: '/faults',
        summary: 'what this service does wrong on purpose',
        handle: async () => show(),
      },
      {
        method: 'PUT',
        path: '/faults',
        summary:
          'make it slow or failing: {"delayMs":500,"failureRate":0.5,"status":"unavailable","methods":["GetStock"]}',
        handle: async (body) => {
          const wanted = faultsSchema.safeParse(body);
          if (!wanted.success) return malformed(wanted.error);
          faults = wanted.data;
          return show();
        },
      },
      {
        method: 'DELETE',
        path: '/faults',
        summary: 'behave again',
        handle: async () => {
          faults = NO_FAULTS;
          return show();
        },
      },
    ],
  };
}

const FIX = `send {${Object.keys(faultsSchema.shape)
  .map((name) => `"${name}"?`)
  .join(', ')}}`;

function malformed(error: z.ZodError<Faults>): OpsAnswer {
  return { status: 400, body: { code: 'FAULT_MALFORMED', message: z.prettifyError(error), fix: FIX } };
}
