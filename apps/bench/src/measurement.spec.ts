import { measure } from './measurement.ts';

it('alternates, and takes median and spread of each figure', async () => {
  const order: string[] = [];
  const side = (name: string, values: readonly number[]) => ({
    name,
    round: async () => {
      order.push(name);
      return { perSecond: values[order.filter((one) => one === name).length - 1] ?? 0 };
    },
  });
  const said: string[] = [];
  const measured = await measure([side('ours', [10, 30, 20]), side('peer', [1, 2, 3])], 3, (what) => said.push(what));
  expect(order).toEqual(['ours', 'peer', 'ours', 'peer', 'ours', 'peer']);
  expect(measured.map(({ name, figures }) => [name, figures.perSecond])).toEqual([
    ['ours', { median: 20, min: 10, max: 30 }],
    ['peer', { median: 2, min: 1, max: 3 }],
  ]);
  expect(said[1]).toBe('round 1 of 3: peer');
});
