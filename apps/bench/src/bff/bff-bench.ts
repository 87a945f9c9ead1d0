import autocannon from 'autocannon';
import { InventoryServiceService } from '@portolan/contracts/inventory';
import { ProductsServiceService } from '@portolan/contracts/products';
import { ReviewsServiceService } from '@portolan/contracts/reviews';
import { connectDiscovery, type Discovery } from '@portolan/discovery';
import { createClient } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import type { BenchOptions, BenchResult } from '../bench-row.ts';
import { measure, type Measured, type Side } from '../measurement.ts';
import { digits, tableOf, whole } from '../table.ts';
import { pace, saturate, type LoadFigures } from './grpc-load.ts';
import { RunningHouse } from './running-house.ts';

const CONNECTIONS = 32;
/** Of the slowest side's saturation: well below, so that the latency is that of the work and not of a queue. */
const FIXED_SHARE = 0.4;
const PRODUCT = '1';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

type Leg = () => Promise<unknown>;

/** The product page through gateway and BFF, through the BFF alone, and each of the calls that it is made of. */
export async function benchBff({ rounds, seconds, progress }: BenchOptions): Promise<BenchResult> {
  progress('starting the whole system');
  await using house = await RunningHouse.start();
  await using discovery = connectDiscovery({
    registry: [house.registry],
    clock,
    rng,
    logger: silent,
    principal: { kind: 'service', name: 'bench' },
  });
  const pages = {
    'gateway → BFF': `${house.gateway}/web/products/${PRODUCT}`,
    'BFF alone': `${house.bffWeb}/products/${PRODUCT}`,
  };
  const legs = legsOf(discovery);
  const warmUp = { rounds: 1, seconds: Math.min(2, seconds) };
  progress('warming up');
  for (const url of Object.values(pages)) await loadPage(url, warmUp.seconds);
  for (const leg of Object.values(legs)) await saturate(leg, CONNECTIONS, warmUp.seconds);

  const saturated = await measure(
    [
      ...Object.entries(pages).map(([name, url]): Side => ({ name, round: () => pageWithCpu(house, url, seconds) })),
      ...Object.entries(legs).map(([name, leg]): Side => ({ name, round: () => saturate(leg, CONNECTIONS, seconds) })),
    ],
    rounds,
    (what) => {
      progress(`saturation, ${what}`);
    },
  );
  const rate = Math.floor(Math.min(...saturated.map(({ figures }) => figures.perSecond?.median ?? 0)) * FIXED_SHARE);
  const fixed = await measure(
    [
      ...Object.entries(pages).map(([name, url]): Side => ({
        name,
        round: () => pace(() => getPage(url), rate, seconds),
      })),
      ...Object.entries(legs).map(([name, leg]): Side => ({ name, round: () => pace(leg, rate, seconds) })),
    ],
    rounds,
    (what) => {
      progress(`${rate} requests a second, ${what}`);
    },
  );
  return { text: textOf(saturated, fixed, rate), raw: { saturated, fixed, rate } };
}

function textOf(saturated: readonly Measured[], fixed: readonly Measured[], rate: number): string {
  const perSecond = { figure: 'perSecond', title: 'req/s', format: whole, ratio: true };
  const cpu = { figure: 'cpuMs', title: 'CPU ms a request (gateway + BFF)', format: digits(3) };
  const latency = [
    { figure: 'p50Ms', title: 'p50 ms', format: digits(2), ratio: true },
    { figure: 'p99Ms', title: 'p99 ms', format: digits(2), ratio: true },
  ];
  return [
    tableOf(`at saturation, ${CONNECTIONS} at once`, saturated, [perSecond, cpu]),
    tableOf(`at ${whole(rate)} a second`, fixed, latency),
  ].join('\n\n');
}

/** The calls of a product page, over client-side balancing as the BFF makes them. */
function legsOf(discovery: Discovery): Readonly<Record<string, Leg>> {
  const products = createClient(ProductsServiceService, discovery.channel('demo-products'));
  const inventory = createClient(InventoryServiceService, discovery.channel('demo-inventory'));
  const reviews = createClient(ReviewsServiceService, discovery.channel('demo-reviews'));
  const options = { timeoutMs: 10_000 };
  return {
    'products alone': () => products.getProduct({ id: PRODUCT }, options),
    'inventory alone': () => inventory.getStock({ productIds: [PRODUCT] }, options),
    'reviews alone': () => reviews.listReviews({ productId: PRODUCT, pageSize: 10, pageToken: '' }, options),
  };
}

/** As many as it takes. */
async function loadPage(url: string, seconds: number): Promise<LoadFigures> {
  const startedAt = performance.now();
  const result = await autocannon({ url, connections: CONNECTIONS, duration: Math.max(1, Math.ceil(seconds)) });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers were not 2xx, ${result.errors} requests failed`);
  }
  const elapsedS = (performance.now() - startedAt) / 1_000;
  return { perSecond: result['2xx'] / elapsedS, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
}

/** One page. Paced by ourselves: autocannon sends what is due in bursts, whose queue would be measured. */
async function getPage(url: string): Promise<void> {
  const response = await fetch(url);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
}

async function pageWithCpu(house: RunningHouse, url: string, seconds: number): Promise<LoadFigures> {
  const used = async (): Promise<number> => (await house.cpuSeconds('gateway')) + (await house.cpuSeconds('bffWeb'));
  const before = await used();
  const startedAt = performance.now();
  const figures = await loadPage(url, seconds);
  const requests = figures.perSecond * ((performance.now() - startedAt) / 1_000);
  return { ...figures, cpuMs: (((await used()) - before) / requests) * 1_000 };
}
