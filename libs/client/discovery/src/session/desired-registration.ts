import { CheckStatus, type Check, type SessionRequest } from '@portolan/contracts/catalog';
import { abortable, type Clock } from '@portolan/kernel';
import type { CheckReport, RegistrationRequest } from '../discovery.ts';
import type { RegistrationRefusedError } from '../errors.ts';

/** What is to be said next about one registration. */
export type NextStep = NonNullable<SessionRequest['request']>;

const STATUS = {
  passing: CheckStatus.PASSING,
  warning: CheckStatus.WARNING,
  critical: CheckStatus.CRITICAL,
} as const satisfies Record<CheckReport['status'], CheckStatus>;

/** One registration as its process wants it, and how much of that the registry has. */
export class DesiredRegistration {
  readonly request: RegistrationRequest;
  readonly #clock: Clock;
  readonly #first = Promise.withResolvers<undefined>();
  readonly #gone = Promise.withResolvers<undefined>();
  readonly #checks = new Map<string, Check>();
  /** Checks whose newest status the registry does not have. */
  readonly #toReport = new Set<string>();
  readonly #leaving = new AbortController();
  #registered = false;
  #refusal: RegistrationRefusedError | undefined;

  constructor(request: RegistrationRequest, clock: Clock) {
    this.request = request;
    this.#clock = clock;
    // Nobody may be waiting.
    this.#first.promise.catch(() => undefined);
  }

  /** For people. */
  get name(): string {
    return `${this.request.service}/${this.request.id}`;
  }

  get registered(): boolean {
    return this.#registered;
  }

  get wanted(): boolean {
    return !this.#leaving.signal.aborted;
  }

  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  whenRegistered(signal: AbortSignal): Promise<undefined> {
    return abortable(this.#first.promise, signal);
  }

  whenGone(signal: AbortSignal): Promise<undefined> {
    return abortable(this.#gone.promise, signal);
  }

  /** @returns whether there is something new to say */
  report(report: CheckReport): boolean {
    const status = STATUS[report.status];
    if (this.#checks.get(report.id)?.status === status) return false;
    const since = BigInt(Math.trunc(this.#clock.epoch()));
    this.#checks.set(report.id, { id: report.id, status, output: report.output ?? '', since });
    this.#toReport.add(report.id);
    return true;
  }

  leave(): void {
    this.#leaving.abort();
    this.#first.reject(new DOMException('deregistered before the registry had it', 'AbortError'));
  }

  /** @returns undefined when the registry has everything, or does not want it */
  nextStep(): NextStep | undefined {
    const { service, id } = this.request;
    if (!this.wanted) return { $case: 'deregister', value: { service, instanceId: id } };
    if (this.#refusal !== undefined) return undefined;
    if (!this.#registered) return { $case: 'register', value: this.#message() };
    const [next] = this.#toReport;
    const check = next === undefined ? undefined : this.#checks.get(next);
    return check && { $case: 'report', value: { service, instanceId: id, check } };
  }

  /** The registry did what `nextStep` said. */
  done(step: NextStep): void {
    if (step.$case === 'register') {
      this.#registered = true;
      for (const sent of step.value.checks) this.#reported(sent);
      this.#first.resolve(undefined);
    } else if (step.$case === 'report' && step.value.check !== undefined) {
      this.#reported(step.value.check);
    } else if (step.$case === 'deregister') {
      this.gone();
    }
  }

  /** The registry has nothing of it, or nobody knows whether it has. */
  forgotten(): void {
    this.#registered = false;
  }

  gone(): void {
    this.#registered = false;
    this.#gone.resolve(undefined);
  }

  /** Asking again would change nothing. */
  refused(refusal: RegistrationRefusedError): void {
    this.#registered = false;
    this.#refusal = refusal;
    this.#first.reject(refusal);
  }

  #reported(sent: Check): void {
    if (this.#checks.get(sent.id) === sent) this.#toReport.delete(sent.id);
  }

  #message(): Extract<NextStep, { $case: 'register' }>['value'] {
    const { service, id, address, ports, tags = [], metadata = {}, weight = 0 } = this.request;
    return {
      registration: {
        service,
        id,
        node: '',
        address,
        ports: Object.entries(ports).map(([name, number]) => ({ name, number })),
        tags,
        metadata: { ...metadata },
        weight,
      },
      checks: [...this.#checks.values()],
    };
  }
}
