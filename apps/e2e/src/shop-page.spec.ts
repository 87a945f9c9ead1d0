import { jest } from '@jest/globals';
import { chromium, type Page } from 'playwright-core';
import { itWithPeer } from './peers.ts';
import { startSystem } from './running-system.ts';

jest.setTimeout(180_000);

/** A real browser, on the page as the gateway serves it. */
async function openShop(
  url: string,
): Promise<AsyncDisposable & { readonly page: Page; readonly errors: readonly string[] }> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(`${url}/web/`);
  return {
    page,
    errors,
    [Symbol.asyncDispose]: async () => {
      await browser.close();
    },
  };
}

itWithPeer('chromium', 'the shop page: an order, its status, an instance killed, and an order again', async () => {
  await using system = await startSystem();
  await using shop = await openShop(system.url);
  const { page, errors } = shop;
  const newestOrder = page.locator('#orders .order .status').first();

  await page.locator('.card').first().waitFor();
  await page.goto(`${system.url}/web/#product/10`);
  await page
    .locator('#stock')
    .filter({ hasText: /^\d+ in stock$/ })
    .waitFor();
  await page.click('#order');
  await newestOrder.filter({ hasText: 'shipped' }).waitFor({ timeout: 30_000 });
  const strip = await page.locator('#answers').innerText();
  expect(strip).toMatch(/201 POST orders .*demo-orders-[ab]/);
  expect(strip).toMatch(/is placed[^]*is packed|is packed[^]*is placed/);
  expect(strip).toMatch(/200 GET products\/10 .*demo-inventory-[ab]/);

  system.demos['demo-inventory'][0].kill('SIGKILL');
  await page.click('#order');
  await expectOrders(page, 2);
  await newestOrder.filter({ hasText: 'shipped' }).waitFor({ timeout: 30_000 });

  system.demos['demo-inventory'][1].kill('SIGKILL');
  await page.check('#keep-asking');
  await page.locator('#missing').filter({ hasText: 'inventory' }).waitFor();
  expect(await page.locator('#answers').innerText()).toContain('missing: inventory');
  await system.start('demo-inventory', ['--instance', 'demo-inventory-c']);
  await page
    .locator('#stock')
    .filter({ hasText: /^\d+ in stock$/ })
    .waitFor();
  const screenshot = process.env.PORTOLAN_SCREENSHOT;
  if (screenshot !== undefined) await page.screenshot({ path: screenshot });
  expect(errors).toEqual([]);
});

/** Waits until so many orders are shown, each with a status of its own. */
async function expectOrders(page: Page, count: number): Promise<void> {
  await page
    .locator('#orders .order')
    .nth(count - 1)
    .waitFor();
  expect(await page.locator('#orders .order').count()).toBe(count);
}
