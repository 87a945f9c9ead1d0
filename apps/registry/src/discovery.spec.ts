import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogServiceService } from '@portolan/contracts/catalog';
import type { Principal } from '@portolan/kernel';
import { connectDiscovery, type Discovery, type ServiceEndpoints } from '@portolan/discovery';
import { connect, createClient } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { ask, instance, open, OpenStream } from '@portolan/native-dialect/testing';
import { startRegistry } from './testing/registry-process.ts';

const principal: Principal = { kind: 'service', name: 'web' };
const telemetry = createTelemetry({ app: 'test', logLevel: 'fatal', logFormat: 'json', clock });
const never = new AbortController().signal;

const emptyFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'portolan-registry-'));
const discover = (registry: string): Discovery =>
  connectDiscovery({ registry: [registry], clock, rng, logger: telemetry.logger('discovery'), principal });
const WEB = { service: 'web', address: '10.0.0.1', ports: { grpc: 5_000 } };

/** What is known of `web`, from one answer to the next. */
class Answers implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #answers: AsyncIterator<ServiceEndpoints>;

  constructor(discovery: Discovery) {
    this.#answers = discovery.watch({ service: 'web' }, this.#abort.signal)[Symbol.asyncIterator]();
  }

  async until(holds: (answer: ServiceEndpoints) => boolean): Promise<ServiceEndpoints> {
    for (;;) {
      const next = await this.#answers.next();
      if (next.done === true) throw new Error('the watch has ended');
      if (holds(next.value)) return next.value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#answers.return?.();
  }
}

afterAll(() => telemetry[Symbol.asyncDispose]());

describe('a process that discovers', () => {
  it('is seen by another one, and gone when it says so', async () => {
    await using registry = await startRegistry(await emptyFolder());
    await using caller = discover(registry.grpc);
    await using answers = new Answers(caller);
    await using service = discover(registry.grpc);
    await using registration = service.register({ ...WEB, id: 'a' });
    await registration.whenRegistered(never);
    const { endpoints } = await answers.until((answer) => answer.endpoints.length === 1);
    expect(endpoints).toMatchObject([{ id: 'a', address: '10.0.0.1:5000', service: 'web', weight: 100 }]);
    await registration.deregister();
    await answers.until((answer) => answer.endpoints.length === 0);
  });

  it('sees another one crash', async () => {
    await using registry = await startRegistry(await emptyFolder());
    await using caller = discover(registry.grpc);
    await using answers = new Answers(caller);
    await using connection = connect(registry.grpc, { principal });
    const client = createClient(CatalogServiceService, connection);
    const crashing = new OpenStream(client.session.bind(client));
    await open(crashing);
    await ask(crashing, { $case: 'register', value: { registration: instance('web', 'a'), checks: [] } });
    await answers.until((answer) => answer.endpoints.length === 1);
    crashing.cancel();
    expect(await answers.until((answer) => answer.endpoints.length === 0)).toMatchObject({ endpoints: [] });
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)('returns by itself when the registry does, after %s', async (signal) => {
    const folder = await emptyFolder();
    const first = await startRegistry(folder);
    await using service = discover(first.grpc);
    await using registration = service.register({ ...WEB, id: 'a' });
    await registration.whenRegistered(never);
    await first.end(signal);
    const port = first.grpc.split(':')[1] ?? '';
    await using second = await startRegistry(folder, '--port', port, '--etcd-port', '0');
    // Seen by somebody who never met the first one.
    await using caller = discover(second.grpc);
    await using seen = new Answers(caller);
    const { endpoints } = await seen.until((answer) => answer.endpoints.length === 1);
    expect(endpoints).toMatchObject([{ id: 'a' }]);
  });
});
