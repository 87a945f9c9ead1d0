import picocolors from 'picocolors';
import { planOf } from './plan.ts';
import { summaryOf } from './summary.ts';

it('says where everything is, what to try, and what it costs', () => {
  const plan = planOf({ portOffset: 100, dataDir: '/data', instances: 1, logLevel: 'info', drainDeadlineMs: 2_000 });
  const text = summaryOf({
    plan,
    colors: picocolors.createColors(false),
    startedInMs: 4_321,
    memoryBytes: 500 * 1_048_576,
    dataDir: '/data',
  });
  expect(text).toContain('12 processes in 4.3 s, 500 MB of memory');
  expect(text).toContain('Open http://localhost:8180/web/ for the shop');
  expect(text).toContain('curl localhost:8180/web/products/1');
  expect(text).toContain("curl -H 'Host: web.localhost' localhost:8180/products/1");
  expect(text).toContain('curl --compressed localhost:8180/mobile/v1/products/1');
  expect(text).toContain('http://localhost:4101');
  expect(text).toContain('http://localhost:4102');
});
