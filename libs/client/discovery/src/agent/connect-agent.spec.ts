import { checkHostClaim, checkInstanceName, checkRegistration } from '@portolan/catalog';
import type { Principal } from '@portolan/kernel';
import { registryOverGrpc } from '@portolan/native-dialect/testing';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { until } from '../testing/until.ts';
import { connectAgent } from './connect-agent.ts';

const principal: Principal = { kind: 'service', name: 'agent' };
const WEB = checkRegistration({ service: 'web', id: 'a', address: 'h', ports: [{ name: 'http', number: 80 }] });
const A = checkInstanceName({ service: 'web', instanceId: 'a' });

function agent(port: number, agentId: string) {
  const errors: string[] = [];
  const silent = (): undefined => undefined;
  const error = (_: object, message: string): void => {
    errors.push(message);
  };
  const claim = checkHostClaim({ node: { name: 'host-1', address: 'h' }, agentId, deregisterAfterSeconds: 60 });
  const logger = { debug: silent, info: silent, warn: silent, error };
  const upstream = connectAgent({ registry: [`127.0.0.1:${port}`], clock, rng, logger, principal, claim });
  return { upstream, errors };
}

describe("an agent's connection to the registry", () => {
  it('speaks for its host, and sees what the registry has of it', async () => {
    await using house = await registryOverGrpc();
    await using stack = new AsyncDisposableStack();
    const { upstream } = agent(house.server.port, 'agent-1');
    stack.use(upstream);
    await until(() => upstream.session !== undefined && upstream.view !== undefined);
    expect(upstream).toMatchObject({ state: 'connected', view: { instances: [], evictions: [] } });
    await upstream.session?.register(WEB, []);
    await until(() => upstream.view?.instances.length === 1);
    await house.catalog.deregister({ principal: { kind: 'operator', name: 'ada' }, ...A });
    await until(() => upstream.view?.evictions.length === 1);
    await expect(upstream.session?.register(WEB, [])).rejects.toMatchObject({ kind: 'conflict' });
    await upstream.session?.forgetEviction(A);
    await until(() => upstream.view?.evictions.length === 0);
  });

  it('says why when another agent speaks for the host, and goes on trying', async () => {
    await using house = await registryOverGrpc();
    await using stack = new AsyncDisposableStack();
    const first = agent(house.server.port, 'agent-1');
    stack.use(first.upstream);
    await until(() => first.upstream.session !== undefined);
    const second = agent(house.server.port, 'agent-2');
    stack.use(second.upstream);
    await until(() => second.errors.length > 0);
    expect(second.errors[0]).toBe('the registry does not let this agent speak for its host');
    expect(second.upstream.session).toBeUndefined();
    expect(first.upstream.session?.over.aborted).toBe(false);
  });

  it('knows nothing once the registry is gone, and tells', async () => {
    const house = await registryOverGrpc();
    await using stack = new AsyncDisposableStack();
    const { upstream } = agent(house.server.port, 'agent-1');
    stack.use(upstream);
    await until(() => upstream.session !== undefined && upstream.view !== undefined);
    let told = 0;
    upstream.subscribe(() => (told += 1));
    await house[Symbol.asyncDispose]();
    await until(() => upstream.session === undefined && upstream.view === undefined);
    expect(told).toBeGreaterThan(0);
  });
});
