import type { Command } from './command.ts';

/** The highest that this version knows. One more whenever a member of before would not understand all of a command. */
export const COMMAND_FORMAT = 2;

/** Known by every version: in force until a log says otherwise. */
export const FIRST_COMMAND_FORMAT = 1;

/** Alarms, quotas by keyspace and leases by keyspace. */
export const ALARMS_FORMAT = 2;

/** The lowest format in which the command can be said: it is written with that one, so that older members go on as long as they can. */
export function formatOf(command: Command): number {
  switch (command.kind) {
    case 'activate':
      return command.format;
    case 'raise-alarm':
    case 'disarm-alarm':
      return ALARMS_FORMAT;
    case 'grant':
      return command.keyspace === undefined ? FIRST_COMMAND_FORMAT : ALARMS_FORMAT;
    case 'limit': {
      const { catalogQuotaBytes, systemQuotaBytes } = command.limits;
      return catalogQuotaBytes === undefined && systemQuotaBytes === undefined ? FIRST_COMMAND_FORMAT : ALARMS_FORMAT;
    }
    default:
      return FIRST_COMMAND_FORMAT;
  }
}
