import type { HeapProfiler, Runtime } from 'node:inspector';
import { costsByPlace, selfAllocations, selfTimes } from './self-cost.ts';

const frame = (functionName: string, url = '', lineNumber = -1): Runtime.CallFrame => ({
  functionName,
  url,
  lineNumber,
  columnNumber: -1,
  scriptId: '0',
});
const read = frame('read', 'file:///repository/libs/a.ts', 11);

it('adds the time of a function wherever it was called from, and none of waiting, of the profiler and of other processes', () => {
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(root)') },
      { id: 2, callFrame: read },
      { id: 3, callFrame: frame('(idle)') },
      { id: 4, callFrame: read },
      { id: 5, callFrame: frame('', 'node:net', 0) },
      { id: 6, callFrame: frame('post', 'node:inspector', 114) },
    ],
    startTime: 0,
    endTime: 100,
    samples: [6, 2, 3, 4, 5, 2],
    timeDeltas: [2_000, 10, 1_000, 20, 9_000, 5],
  };
  expect(selfTimes(profile, '/repository', 400)).toEqual([
    { name: '(anonymous)', where: 'node:net:1', cost: 400 },
    { name: 'read', where: 'libs/a.ts:12', cost: 35 },
  ]);
});

it('adds the bytes of a function wherever it was called from', () => {
  const node = (
    callFrame: Runtime.CallFrame,
    selfSize: number,
    children: HeapProfiler.SamplingHeapProfileNode[] = [],
  ): HeapProfiler.SamplingHeapProfileNode => ({ callFrame, selfSize, children });
  const head = node(frame('(root)'), 0, [
    node(read, 64),
    node(frame('write', '/repository/node_modules/b.js', 1), 32, [node(read, 8)]),
  ]);
  expect(selfAllocations({ head }, '/repository')).toEqual([
    { name: 'read', where: 'libs/a.ts:12', cost: 72 },
    { name: 'write', where: 'node_modules/b.js:2', cost: 32 },
  ]);
});

it('adds what is of one project, package or module', () => {
  const costs = [
    { name: 'a', where: 'libs/driver/grpc/src/a.ts:1', cost: 1 },
    { name: 'b', where: 'libs/driver/grpc/src/server/b.ts:9', cost: 2 },
    { name: 'c', where: 'node_modules/@scope/name/c.js:1', cost: 4 },
    { name: 'd', where: 'node:internal/streams/d:1', cost: 8 },
    { name: 'writeBuffer', where: '', cost: 16 },
  ];
  expect(costsByPlace(costs).map(({ name, cost }) => [name, cost])).toEqual([
    ['writeBuffer', 16],
    ['node:internal', 8],
    ['node_modules/@scope/name', 4],
    ['libs/driver/grpc', 3],
  ]);
});
