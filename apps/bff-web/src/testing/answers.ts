import { problemView, sessionView } from '@portolan/shop';
import type { Response } from 'supertest';
import { z } from 'zod';
import { homeView } from '../views/home.ts';
import { orderListView, orderView } from '../views/order.ts';
import { productListView, productPageView } from '../views/product.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly type: string;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const SUCCESSES: Readonly<Record<string, z.ZodType>> = {
  'GET /home': homeView,
  'GET /products': productListView,
  'GET /products/*': productPageView,
  'GET /orders': orderListView,
  'POST /orders': orderView,
  'GET /orders/*': orderView,
  'POST /login': sessionView,
};

const headers = z.record(z.string(), z.union([z.string(), z.array(z.string()).transform((all) => all.join(', '))]));
const body = z.record(z.string(), z.unknown());

/** The answer, once its body was found to be what the OpenAPI document promises. */
export function checkedAnswer(method: string, path: string, response: Response): Answer {
  const parsed: unknown = response.body;
  const pattern = `${method} ${path.replace(/\?.*/, '').replace(/(?<=^\/\w+\/).+/, '*')}`;
  const schema = response.status >= 400 ? problemView : SUCCESSES[pattern];
  if (method !== 'HEAD' && response.text !== '') schema?.parse(parsed);
  return {
    status: response.status,
    headers: headers.parse(response.headers),
    type: response.type,
    // Of a HEAD there is none, whatever superagent's types say.
    text: method === 'HEAD' ? '' : response.text,
    body: body.catch({}).parse(parsed),
  };
}
