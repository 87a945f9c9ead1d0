import { createBffMobileClient } from './client.ts';

it('sends its token and the version of its app', async () => {
  const sent: Request[] = [];
  const client = createBffMobileClient({
    baseUrl: 'http://localhost:8080/mobile',
    token: 'abc',
    appVersion: '1.4.2',
    fetch: async (request) => {
      sent.push(request);
      return Response.json({ currency: 'EUR', items: [], total: 0 });
    },
  });
  const { data } = await client.GET('/v1/products', { params: { query: { q: 'red lamp', fields: 'id,name' } } });
  expect(data?.items).toEqual([]);
  expect(sent[0]?.url).toBe('http://localhost:8080/mobile/v1/products?q=red%20lamp&fields=id%2Cname');
  expect(Object.fromEntries(sent[0]?.headers ?? [])).toMatchObject({
    authorization: 'Bearer abc',
    'x-app-version': '1.4.2',
  });
});

it('hands a problem back as a value', async () => {
  const problem = { code: 'BFF_MOBILE_APP_TOO_OLD', status: 426 };
  const fetch = async (): Promise<Response> => Response.json(problem, { status: 426 });
  const client = createBffMobileClient({ baseUrl: 'http://localhost:8080/mobile', fetch });
  const { data, error } = await client.GET('/v1/home', {});
  expect([data, error]).toEqual([undefined, problem]);
});
