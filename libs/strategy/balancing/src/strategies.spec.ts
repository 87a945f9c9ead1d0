import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSeededRng } from '@portolan/kernel';
import { createBalancer, DEFAULT_STRATEGY, STRATEGIES } from './strategies.ts';
import { describeBalancer, endpoints } from './testing/describe-balancer.ts';

for (const [name, row] of Object.entries(STRATEGIES)) describeBalancer(name, row);

describe('STRATEGIES', () => {
  it('is the table of the README', () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8').replace(/ +/g, ' ');
    const rows = Object.entries(STRATEGIES).map(([name, { summary }]) => `| \`${name}\` | ${summary} |`);
    expect([...readme.matchAll(/^\| `.*$/gm)].map(([row]) => row)).toEqual(rows);
  });

  it('does what the example of the README does', () => {
    const balancer = createBalancer(DEFAULT_STRATEGY, { rng: createSeededRng(1) });
    balancer.update(endpoints('a'));
    const endpoint = balancer.pick({ now: 0 });
    expect(endpoint?.address).toBe('a:1');
    if (endpoint === undefined) return;
    balancer.onStart?.(endpoint, 0);
    balancer.onEnd?.(endpoint, { result: 'ok', latencyMs: 12 }, 12);
  });
});
