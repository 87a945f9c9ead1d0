import { isIP } from 'node:net';
import { ADDRESS_CHARACTERS_MAX } from '../limits.ts';
import { shown, type Problems } from './problem.ts';

const HOST_NAME = /^(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?$/;
/** Where one listens, not where anybody can be reached. */
const WILDCARD = /^(?:0\.0\.0\.0|\*|\[?(?:::|(?:0{1,4}:){7}0{1,4}|::ffff:0\.0\.0\.0)\]?)$/i;

export function address(text: string, field: string, problems: Problems): string {
  const reachable = !WILDCARD.test(text);
  problems.expect(reachable, () => ({
    field,
    value: shown(text),
    limit: 'an address that callers can reach, not a wildcard',
    fix: 'advertise a host name or one of the addresses of this host',
  }));
  if (!reachable) return text;
  const fits = text.length <= ADDRESS_CHARACTERS_MAX && (isIP(text) !== 0 || HOST_NAME.test(text));
  problems.expect(fits, () => ({
    field,
    value: shown(text),
    limit: `a host name or IP address of at most ${ADDRESS_CHARACTERS_MAX} characters, without a port`,
    fix: `correct ${field}; ports go into "ports"`,
  }));
  return text;
}
