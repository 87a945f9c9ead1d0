import { readQuery } from '@portolan/http-api';
import type { Principal } from '@portolan/kernel';
import type { Answer, AskedFor, PartScope, ShopServices } from '@portolan/shop';
import type { Request } from 'express';
import { pick, readFields } from '../edge/fields.ts';
import type { Screen } from './screen.ts';

/** A request for a screen: one of its own, or a part of a batch. */
export interface ScreenAsked extends AskedFor, Pick<Request, 'query'> {
  /** The parts of the path that the screen names. */
  readonly params: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** @throws BadRequestError for a query that the screen does not have: also when its answer is kept */
export function checkAsked(screen: Screen, asked: Pick<Request, 'path' | 'query'>): void {
  readQuery(screen.query, asked);
  readFields(asked, screen.fields);
}

/** What the screen shows, whole. */
export async function answerScreen(
  screen: Screen,
  asked: ScreenAsked,
  {
    services,
    scope,
    customer,
  }: { readonly services: ShopServices; readonly scope: PartScope; readonly customer: () => Promise<Principal> },
): Promise<Answer> {
  const parameter = (name: string): string => String(asked.params[name] ?? '');
  const query = readQuery(screen.query, asked);
  const body = await screen.load({ services, scope, query, parameter, customer });
  return { status: 200, caching: body.missing === undefined ? screen.audience : 'partial', body };
}

/** Cut to the fields that are wanted: what is kept is whole. */
export function cutScreen({ fieldsOf, fields }: Screen, asked: Pick<Request, 'path' | 'query'>, body: object): object {
  const wanted = readFields(asked, fields);
  if (fieldsOf === 'answer' || !('items' in body) || !Array.isArray(body.items)) return pick(body, wanted);
  return { ...body, items: body.items.map((item: unknown) => (isObject(item) ? pick(item, wanted) : item)) };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
