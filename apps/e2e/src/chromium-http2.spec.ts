import { Answering, IDENTITY, startAnswering } from '@portolan/http/testing';
import { createCounters, http1Protocol } from '@portolan/http';
import { chromium, type Page } from 'playwright-core';
import { itWithPeer } from './peers.ts';

const PARALLEL = 20;
const CONTENT_BYTES = 300_000;

/** What a page asked for and was given, as the page tells it. */
interface Told {
  readonly lengths: readonly number[];
  readonly echoed: number;
  /** `h2`, `http/1.1` … of the page itself and of all that it fetched. */
  readonly protocols: readonly string[];
}

/** Runs in the page. */
const ASK = `(async () => {
  const lengthOf = async (response) => (await (await response).arrayBuffer()).byteLength;
  const lengths = await Promise.all(
    Array.from({ length: ${PARALLEL} }, (_, index) => lengthOf(fetch('/bytes/' + index * 10000))),
  );
  const echoed = await lengthOf(fetch('/echo', { method: 'POST', body: new Uint8Array(${CONTENT_BYTES}) }));
  const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  return { lengths, echoed, protocols: entries.map((entry) => entry.nextHopProtocol) };
})()`;

/** A browser that takes our certificate, and all that its page complains of. */
async function openBrowser(): Promise<
  AsyncDisposable & { readonly page: Page; readonly complaints: readonly string[] }
> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText ?? ''}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return {
    page,
    complaints,
    [Symbol.asyncDispose]: async () => {
      await browser.close();
    },
  };
}

itWithPeer('chromium', 'a browser speaks HTTP/2 with our server, though HTTP/1.1 is to be had too', async () => {
  const handler = new Answering();
  const counters = createCounters();
  const beside = http1Protocol({
    handler: {
      onRequest: () => {
        throw new Error('Chromium chose HTTP/1.1');
      },
      onData: () => undefined,
      onEnd: () => undefined,
      onWritable: () => undefined,
      onClose: () => undefined,
    },
    counters,
  });
  await using server = await startAnswering({ handler, beside, tls: IDENTITY });
  await using browser = await openBrowser();
  const { page, complaints } = browser;

  const opened = await page.goto(`https://localhost:${server.port}/hello`);
  expect([opened?.status(), await opened?.text()]).toEqual([200, 'porto']);
  const told = await page.evaluate<Told>(ASK);
  expect(told.lengths).toEqual(Array.from({ length: PARALLEL }, (_, index) => index * 10_000));
  expect(told.echoed).toBe(CONTENT_BYTES);
  expect(told.protocols).toEqual(Array.from({ length: PARALLEL + 2 }, () => 'h2'));

  // A browser may ask for an icon as well.
  const asked = handler.asked.map(({ path }) => path).filter((path) => path !== '/favicon.ico');
  expect(asked).toHaveLength(PARALLEL + 2);
  expect(handler.asked.find(({ path }) => path === '/echo')?.received).toBe(CONTENT_BYTES);
  expect(server.counters).toMatchObject({ requestsBroken: 0, connectionsRefused: 0 });
  expect(counters.requests).toBe(0);
  expect(complaints).toEqual([]);
});
