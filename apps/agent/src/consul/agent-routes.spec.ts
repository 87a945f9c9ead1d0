import type { LocalHost } from '@portolan/local-host';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import type { Express } from 'express';
import request from 'supertest';
import { hostInMemory } from '../testing/local-host.ts';
import { agentRoutes } from './agent-routes.ts';

const IDENTITY = { node: 'host-1', address: '10.0.0.7', agentId: 'agent-1' };

describe("the agent's HTTP API", () => {
  const clock = new VirtualClock();
  const telemetry = createTelemetry({ app: 'test', logLevel: 'fatal', logFormat: 'json', clock });
  let host: LocalHost;
  let app: Express;
  beforeEach(async () => {
    host = await hostInMemory(clock);
    app = agentRoutes({ host, identity: IDENTITY, version: '1', logger: telemetry.logger('http') });
  });
  afterEach(() => host[Symbol.asyncDispose]());
  afterAll(() => telemetry[Symbol.asyncDispose]());

  const register = (body: object) => request(app).put('/v1/agent/service/register').send(JSON.stringify(body));
  const WEB = { ID: 'web-1', Name: 'web', Port: 80, Check: { CheckID: 'alive', TTL: '10s' } };

  it('registers, reports, shows and deregisters', async () => {
    await register(WEB).expect(200, '');
    await request(app)
      .get('/v1/agent/services')
      .expect(200, {
        'web-1': {
          ID: 'web-1',
          Service: 'web',
          Tags: [],
          Meta: {},
          Port: 80,
          Address: '10.0.0.7',
          Weights: { Passing: 1, Warning: 1 },
          EnableTagOverride: false,
          Datacenter: 'dc1',
        },
      });
    await request(app).get('/v1/agent/health/service/id/web-1').expect(503);
    await request(app).put('/v1/agent/check/pass/alive?note=all%20well').expect(200);
    const { body } = (await request(app).get('/v1/agent/checks').expect(200)) as { body: unknown };
    expect(body).toMatchObject({
      alive: { Node: 'host-1', Status: 'passing', Output: 'all well', ServiceID: 'web-1' },
    });
    await request(app).get('/v1/agent/health/service/id/web-1').expect(200);
    await request(app).put('/v1/agent/check/warn/alive').expect(200);
    await request(app).get('/v1/agent/health/service/id/web-1').expect(429);
    await request(app).put('/v1/agent/check/fail/alive').expect(200);
    await request(app).get('/v1/agent/health/service/id/web-1').expect(503);
    await request(app).put('/v1/agent/check/update/alive').send('{"Status":"passing","Output":"x"}').expect(200);
    await request(app).get('/v1/agent/service/web-1').expect(200);
    await request(app).put('/v1/agent/service/deregister/web-1').expect(200);
    await request(app).get('/v1/agent/services').expect(200, {});
  });

  it('takes out for maintenance, a service or the host', async () => {
    await register(WEB);
    await request(app).put('/v1/agent/check/pass/alive');
    await request(app).put('/v1/agent/service/maintenance/web-1?enable=true&reason=new%20disk').expect(200);
    const { body } = (await request(app).get('/v1/agent/health/service/id/web-1').expect(503)) as { body: unknown };
    expect(body).toMatchObject({ AggregatedStatus: 'maintenance' });
    await request(app).put('/v1/agent/service/maintenance/web-1?enable=false').expect(200);
    await request(app).put('/v1/agent/maintenance?enable=true').expect(200);
    expect((await request(app).get('/v1/agent/checks')).body).toHaveProperty('_node_maintenance');
    await request(app)
      .put('/v1/agent/maintenance?enable=maybe')
      .expect(400, /enable=true/);
  });

  it('adds and removes checks, of a service and of the host', async () => {
    await register(WEB);
    await request(app)
      .put('/v1/agent/check/register')
      .send('{"Name":"disk","TTL":"1m","Status":"warning"}')
      .expect(200);
    await request(app)
      .put('/v1/agent/check/register')
      .send('{"Name":"mem","ServiceID":"web-1","TTL":"1m"}')
      .expect(200);
    await request(app).put('/v1/agent/check/register').send('{"Name":"mem","ServiceID":"none","TTL":"1m"}').expect(404);
    expect(Object.keys((await request(app).get('/v1/agent/checks')).body as object)).toEqual(['disk', 'alive', 'mem']);
    await request(app).put('/v1/agent/check/deregister/disk').expect(200);
    await request(app).put('/v1/agent/check/deregister/disk').expect(404);
  });

  it('shows every check, also where services have ids in common', async () => {
    await register(WEB);
    await register({ ...WEB, ID: 'web-2' });
    expect(Object.keys((await request(app).get('/v1/agent/checks')).body as object)).toEqual(['alive', 'web-2/alive']);
  });

  it('says who it is', async () => {
    const { body } = (await request(app).get('/v1/agent/self').expect(200)) as { body: unknown };
    expect(body).toMatchObject({ Config: { Datacenter: 'dc1', NodeName: 'host-1' }, Member: { Addr: '10.0.0.7' } });
  });

  it('answers what it cannot do in words', async () => {
    await request(app)
      .put('/v1/agent/service/deregister/none')
      .expect(404, /^Unknown service ID "none"\. Ensure that/);
    await request(app)
      .put('/v1/agent/service/register')
      .send('{')
      .expect(400, /the body is no JSON/);
    await request(app)
      .put('/v1/agent/service/register')
      .send('x'.repeat(600_000))
      .expect(413, /too large/);
    await register({ Name: 'web', Port: 80, Check: { Args: ['true'] } }).expect(403, /--script-checks/);
    await request(app).post('/v1/agent/service/register').expect(405).expect('Allow', 'PUT');
    await request(app).put('/v1/agent/services').expect(405).expect('Allow', 'GET');
    await request(app)
      .get('/v1/health/service/web')
      .expect(404, /answers below \/v1\/agent/);
    expect((await request(app).put('/v1/agent/check/pass/none')).status).toBe(404);
  });
});
