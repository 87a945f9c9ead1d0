import { NODE_CHECK, SESSION_CHECK, type InstanceName } from '../catalog.ts';
import { InvalidRegistrationError } from '../errors.ts';
import { CHECKS_MAX, OUTPUT_BYTES_MAX, SINCE_MAX } from '../limits.ts';
import type { Check, Health } from '../model.ts';
import { checkId, instanceId, serviceName } from './names.ts';
import { Problems, shown } from './problem.ts';

export interface RawCheck {
  readonly id: string;
  readonly status: string;
  readonly output?: string;
  /** ms since the epoch */
  readonly since: number;
}

export interface RawInstanceName {
  readonly service: string;
  readonly instanceId: string;
}

/** @throws InvalidRegistrationError */
export function checkReport(raw: RawCheck): Check {
  const problems = new Problems();
  const check = report(raw, 'check', problems);
  if (problems.found.length > 0) throw new InvalidRegistrationError(problems.found);
  return check;
}

/** The checks that come with a registration. @throws InvalidRegistrationError with all their problems */
export function checkReports(raw: readonly RawCheck[]): readonly Check[] {
  const problems = new Problems();
  problems.expect(raw.length <= CHECKS_MAX, () => ({
    field: 'checks',
    value: `${raw.length} checks`,
    limit: `at most ${CHECKS_MAX}`,
    fix: 'report one check for several things that fail together',
  }));
  const seen = new Set<string>();
  const checks = raw.slice(0, CHECKS_MAX).map((one, index) => {
    problems.expect(!seen.has(one.id), () => ({
      field: `checks[${index}].id`,
      value: shown(one.id),
      limit: 'unique in its instance',
      fix: 'rename or remove one of them',
    }));
    seen.add(one.id);
    return report(one, `checks[${index}]`, problems);
  });
  if (problems.found.length > 0) throw new InvalidRegistrationError(problems.found);
  return checks;
}

/** @throws InvalidRegistrationError */
export function checkInstanceName(raw: RawInstanceName): InstanceName {
  const problems = new Problems();
  const name = {
    service: serviceName(raw.service, 'service', problems),
    instanceId: instanceId(raw.instanceId, 'instanceId', problems),
  };
  if (problems.found.length > 0) throw new InvalidRegistrationError(problems.found);
  return name;
}

function report(raw: RawCheck, field: string, problems: Problems): Check {
  const output = raw.output ?? '';
  const bytes = Buffer.byteLength(output);
  problems.expect(raw.id !== SESSION_CHECK && raw.id !== NODE_CHECK, () => ({
    field: `${field}.id`,
    value: shown(raw.id),
    limit: 'another name: the registry itself keeps this check',
    fix: 'report under another name, such as "ready"',
  }));
  problems.expect(bytes <= OUTPUT_BYTES_MAX, () => ({
    field: `${field}.output`,
    value: `${bytes} bytes long`,
    limit: `at most ${OUTPUT_BYTES_MAX} bytes`,
    fix: 'shorten the output; the whole of it belongs in a log',
  }));
  problems.expect(Number.isFinite(raw.since) && raw.since >= 0 && raw.since <= SINCE_MAX, () => ({
    field: `${field}.since`,
    value: shown(raw.since),
    limit: 'milliseconds since 1970-01-01 UTC',
    fix: 'send when the status last changed',
  }));
  problems.expect(isHealth(raw.status), () => ({
    field: `${field}.status`,
    value: shown(raw.status),
    limit: 'passing, warning or critical',
    fix: 'send one of these',
  }));
  const status = isHealth(raw.status) ? raw.status : 'critical';
  return { id: checkId(raw.id, `${field}.id`, problems), status, output, since: raw.since };
}

function isHealth(text: string): text is Health {
  return text === 'passing' || text === 'warning' || text === 'critical';
}
