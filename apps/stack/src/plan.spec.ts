import { HIGHEST_PORT, planOf } from './plan.ts';

const OPTIONS = { portOffset: 100, dataDir: '/data', instances: 2, logLevel: 'info', drainDeadlineMs: 2_000 };

it('starts the registries first, two of each demo service, and the gateway last', () => {
  expect(planOf(OPTIONS).map(({ name, stage }) => `${stage} ${name}`)).toEqual([
    '0 registry-1',
    '0 registry-2',
    '0 registry-3',
    '1 agent',
    '1 registrar',
    '2 demo-products-1',
    '2 demo-products-2',
    '2 demo-inventory-1',
    '2 demo-inventory-2',
    '2 demo-reviews-1',
    '2 demo-reviews-2',
    '2 demo-orders-1',
    '2 demo-orders-2',
    '3 bff-web',
    '3 bff-mobile',
    '4 gateway',
  ]);
});

it('moves every fixed port, and tells everybody where the registry is, or the agent of its host', () => {
  const plan = planOf(OPTIONS);
  const ports = plan.flatMap((each) => each.ports.map(({ port }) => port));
  const registries = [8602, 10002, 2480, 2479, 18602, 20002, 12480, 12479, 28602, 30002, 22480, 22479];
  expect(ports).toEqual([...registries, 7602, 10003, 7600, 10004, 4101, 10011, 4102, 10012, 8180, 10001]);
  expect(Math.max(...ports)).toBe(HIGHEST_PORT + 100);
  const told = plan.map(({ app, args }) => `${app} ${args[args.indexOf('--registry') + 1] ?? ''}`);
  const all = '127.0.0.1:8602,127.0.0.1:18602,127.0.0.1:28602';
  expect(told).toEqual(expect.arrayContaining([`agent ${all}`, `demo-orders ${all}`]));
  expect(told).toEqual(expect.arrayContaining(['demo-products 127.0.0.1:7602', 'demo-reviews 127.0.0.1:7602']));
});

it('tells each registry who founds the cluster with it', () => {
  const peers = planOf(OPTIONS)
    .filter(({ app }) => app === 'registry')
    .map(({ args }) => args[args.indexOf('--peers') + 1]);
  expect(peers).toEqual(Array(3).fill('127.0.0.1:2480,127.0.0.1:12480,127.0.0.1:22480'));
});

it('gives each process a folder of its own', () => {
  const folders = planOf(OPTIONS).flatMap(({ args }) => args.filter((_, index) => args[index - 1] === '--data-dir'));
  expect(folders).toHaveLength(planOf(OPTIONS).length - 1);
  expect(new Set(folders).size).toBe(folders.length);
  expect(planOf(OPTIONS).find(({ app }) => app === 'registrar')?.args).toContain('/data/services.yaml');
  expect(folders).toContain('/data/demo-orders-2');
});
