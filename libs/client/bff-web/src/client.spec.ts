import { createBffWebClient } from './client.ts';

/** A client whose requests end here: what it would have sent, and a fixed answer. */
const clientTo = (answer: Response, token?: string) => {
  const sent: Request[] = [];
  const client = createBffWebClient({
    baseUrl: 'http://localhost:8080/web',
    fetch: async (request) => {
      sent.push(request);
      return answer;
    },
    ...(token !== undefined && { token }),
  });
  return { client, sent };
};

it('reads what the document promises', async () => {
  const { client, sent } = clientTo(Response.json({ items: [], total: 0 }));
  const { data } = await client.GET('/products', { params: { query: { q: 'red lamp', sort: 'newest' } } });
  expect(data).toEqual({ items: [], total: 0 });
  expect(data?.items.map(({ name }) => name)).toEqual([]);
  expect(sent[0]?.url).toBe('http://localhost:8080/web/products?q=red%20lamp&sort=newest');
  expect(sent[0]?.headers.get('X-Portolan-Csrf')).toBeNull();
});

it('sends its token, and the CSRF header with writes', async () => {
  const { client, sent } = clientTo(Response.json({ id: 'o-1' }, { status: 201 }), 'abc');
  await client.POST('/orders', {
    params: { header: { 'Idempotency-Key': 'k-1' } },
    body: { lines: [{ productId: '1', quantity: 1 }] },
  });
  expect(Object.fromEntries(sent[0]?.headers ?? [])).toMatchObject({
    authorization: 'Bearer abc',
    'idempotency-key': 'k-1',
    'x-portolan-csrf': '1',
  });
});

it('hands a problem back as a value', async () => {
  const problem = { code: 'PRODUCTS_NOT_FOUND', status: 404 };
  const { client } = clientTo(Response.json(problem, { status: 404 }));
  const { data, error } = await client.GET('/products/{id}', { params: { path: { id: 'x' } } });
  expect(data).toBeUndefined();
  expect(error).toEqual(problem);
});
