import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { systemClock } from '@portolan/runtime';
import { VirtualClock } from '@portolan/virtual-world';
import { firstPage } from './first-page.ts';

let server: Server;
let answers: { readonly status: number; readonly body: object }[];
let asked: string[];
let port: number;

beforeEach(async () => {
  answers = [];
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const { status, body } = answers.shift() ?? { status: 200, body: { id: '1' } };
    response.writeHead(status).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterEach(() => {
  server.close();
});

it('waits until a page is there and whole', async () => {
  answers = [
    { status: 503, body: {} },
    { status: 200, body: { id: '1', missing: ['reviews'] } },
  ];
  await expect(firstPage(port, systemClock, new AbortController().signal)).resolves.toBe(true);
  expect(asked).toEqual(Array.from({ length: 3 }, () => '/web/products/1'));
});

it('gives up after a while', async () => {
  server.close();
  await once(server, 'close');
  const clock = new VirtualClock();
  const page = firstPage(port, clock, new AbortController().signal);
  const state = { waiting: true };
  void page.then(() => (state.waiting = false));
  while (state.waiting) {
    await clock.advance(1_000);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  await expect(page).resolves.toBe(false);
});

it('leaves when it is told to end', async () => {
  answers = Array.from({ length: 1_000 }, () => ({ status: 503, body: {} }));
  const abort = new AbortController();
  const page = firstPage(port, systemClock, abort.signal);
  await once(server, 'request');
  const reason = new Error('asked to end');
  abort.abort(reason);
  await expect(page).rejects.toBe(reason);
});
