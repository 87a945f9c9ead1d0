import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addResource, forwardedPrefix } from '@portolan/http-api';
import express, { Router } from 'express';
import { PAGE_FOLDER } from '../page-folder.ts';

/** The page loads only what is served here, and nobody frames it. */
const POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'self'; frame-ancestors 'none'";
const BASE = '<base href="/" />';

/** The shop page: small, without a framework, for looking at while instances are killed. */
export async function pageRoutes(): Promise<Router> {
  const page = await readFile(join(PAGE_FOLDER, 'index.html'), 'utf8');
  const router = Router();
  addResource(router, '/', {
    get: [
      (request, response) => {
        // Its addresses are relative: through a gateway they keep its prefix.
        const html = page.replace(BASE, `<base href="${forwardedPrefix(request)}/" />`);
        response.set({ 'Cache-Control': 'no-cache', 'Content-Security-Policy': POLICY }).type('html').send(html);
      },
    ],
  });
  router.use('/page', express.static(PAGE_FOLDER, { index: false, redirect: false }));
  return router;
}
