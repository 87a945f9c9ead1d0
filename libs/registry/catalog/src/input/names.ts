import type { CheckId, InstanceId, NodeName, ServiceName } from '../model.ts';
import { ID_CHARACTERS_MAX, NAME_CHARACTERS_MAX } from '../limits.ts';
import { shown, type Problems } from './problem.ts';

// None contains `/`: they are parts of keys, and a `/` would end one.
const NAME = new RegExp(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,${NAME_CHARACTERS_MAX - 1}}$`);
const ID = new RegExp(`^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,${ID_CHARACTERS_MAX - 1}}$`);

export function serviceName(text: string, field: string, problems: Problems): ServiceName {
  expectName(text, field, problems);
  return text as ServiceName;
}

export function checkId(text: string, field: string, problems: Problems): CheckId {
  expectId(text, field, problems);
  return text as CheckId;
}

export function portName(text: string, field: string, problems: Problems): string {
  expectName(text, field, problems);
  return text;
}

export function instanceId(text: string, field: string, problems: Problems): InstanceId {
  expectId(text, field, problems);
  return text as InstanceId;
}

export function nodeName(text: string, field: string, problems: Problems): NodeName {
  expectId(text, field, problems);
  return text as NodeName;
}

function expectName(text: string, field: string, problems: Problems): void {
  problems.expect(NAME.test(text), () => ({
    field,
    value: shown(text),
    limit: `1 to ${NAME_CHARACTERS_MAX} letters, digits, "-", "_" and ".", beginning with a letter or digit`,
    fix: `choose another ${field}`,
  }));
}

function expectId(text: string, field: string, problems: Problems): void {
  problems.expect(ID.test(text), () => ({
    field,
    value: shown(text),
    limit: `1 to ${ID_CHARACTERS_MAX} letters, digits, "-", "_", ".", ":" and "@", beginning with a letter or digit`,
    fix: `choose another ${field}`,
  }));
}
