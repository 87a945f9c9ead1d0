import { eventually } from '../http1/testing/eventually.ts';
import { Answering, startAnswering, type Asked } from '../testing/answering.ts';
import { itWithTool, readLoad, run } from './testing/foreign-tool.ts';

const REQUESTS = 1_000_000;
const CONNECTIONS = 64;

/** Keeps no list of what it was asked: of a million it would be the largest thing in the process. */
class ForgettingAnswering extends Answering {
  override onHead(...request: Parameters<Answering['onHead']>): Asked {
    const asked = super.onHead(...request);
    this.asked.length = 0;
    return asked;
  }
}

itWithTool('h2load', 'a million requests on 64 connections, 100 at once on each', async () => {
  await using server = await startAnswering({ handler: new ForgettingAnswering() });
  const size = ['-n', String(REQUESTS), '-c', String(CONNECTIONS), '-m', '100'];
  const result = readLoad(await run('h2load', ...size, `http://127.0.0.1:${server.port}/hello`));
  process.stdout.write(`${JSON.stringify(result)}\n`);
  const all = { total: REQUESTS, succeeded: REQUESTS, failed: 0, errored: 0, timedOut: 0 };
  expect(result).toMatchObject(all);
  const { counters } = server;
  await eventually(() => counters.connectionsOpen === 0);
  expect(counters).toMatchObject({
    requests: REQUESTS,
    requestsOpen: 0,
    requestsBroken: 0,
    connections: CONNECTIONS,
    connectionsRefused: 0,
    connectionErrors: 0,
    timeOuts: 0,
  });
  process.stdout.write(`${JSON.stringify(counters)}\n`);
});
