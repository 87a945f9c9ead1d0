import { STRATEGY_NAMES } from '@portolan/balancing';
import { benchBalancing, ENDPOINT_COUNTS } from './balancing-bench.ts';

it('has a row for each strategy at each number of endpoints', async () => {
  const said: string[] = [];
  const { text } = await benchBalancing({ rounds: 1, seconds: 0.01, progress: (what) => said.push(what) });
  for (const strategy of STRATEGY_NAMES) expect(text.split(`| ${strategy} |`)).toHaveLength(ENDPOINT_COUNTS.length + 1);
  expect(text).toContain('| 10,000 endpoints | picks/s | × round-robin | bytes a pick |');
  expect(said).toHaveLength(STRATEGY_NAMES.length * ENDPOINT_COUNTS.length);
});
