export {
  createFaultInjection,
  InjectedFault,
  type FaultInjection,
  type FaultInjectionOptions,
} from './fault-injection.ts';
export type { Faults } from './faults.ts';
