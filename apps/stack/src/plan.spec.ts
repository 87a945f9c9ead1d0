import { HIGHEST_PORT, planOf } from './plan.ts';

const OPTIONS = { portOffset: 100, dataDir: '/data', instances: 2, logLevel: 'info', drainDeadlineMs: 2_000 };

it('starts the registry first, two of each demo service, and the gateway last', () => {
  expect(planOf(OPTIONS).map(({ name, stage }) => `${stage} ${name}`)).toEqual([
    '0 registry',
    '1 demo-products-1',
    '1 demo-products-2',
    '1 demo-inventory-1',
    '1 demo-inventory-2',
    '1 demo-reviews-1',
    '1 demo-reviews-2',
    '1 demo-orders-1',
    '1 demo-orders-2',
    '2 bff-web',
    '3 gateway',
  ]);
});

it('moves every fixed port, and tells everybody where the registry is', () => {
  const plan = planOf(OPTIONS);
  const ports = plan.flatMap((each) => each.ports.map(({ port }) => port));
  expect(ports).toEqual([8602, 10002, 4101, 10011, 8180, 10001]);
  expect(Math.max(...ports)).toBe(HIGHEST_PORT + 100);
  for (const { stage, args } of plan) expect(args.join(' ').includes('--registry 127.0.0.1:8602')).toBe(stage > 0);
});

it('gives each process a folder of its own', () => {
  const folders = planOf(OPTIONS).map(({ args }) => args[args.indexOf('--data-dir') + 1]);
  expect(new Set(folders).size).toBe(folders.length);
  expect(folders).toContain('/data/demo-orders-2');
});
