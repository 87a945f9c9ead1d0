import { checkRegistration } from '@portolan/catalog';
import { createSeededRng } from '@portolan/kernel';
import { checkDefinition, HOST_STATE_IN_MEMORY, LocalHost } from '@portolan/local-host';
import { VirtualClock } from '@portolan/virtual-world';
import { SourceHost } from './source-host.ts';
import type { RegistrarSource, SourceEntry } from './source.ts';

const silent = () => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };
const tcp = checkDefinition({ kind: 'tcp', id: 'port', host: '127.0.0.1', port: 1 });

function entry(id: string, more: Partial<SourceEntry> = {}): SourceEntry {
  const registration = checkRegistration({ service: 'web', id, address: 'h', ports: [{ name: 'http', number: 80 }] });
  return { registration, checks: [], ...more };
}

it('makes a host have what the source has, and keeps what stays', async () => {
  const steps: (readonly SourceEntry[])[] = [
    [entry('a', { checks: [tcp] }), entry('b', { health: { status: 'passing', output: 'healthy' } })],
    [entry('a', { checks: [tcp] }), entry('b', { health: { status: 'critical', output: 'unhealthy' } }), entry('c')],
    [entry('c')],
  ];
  const seen: string[] = [];
  const host = await LocalHost.open({
    clock: new VirtualClock(),
    rng: createSeededRng(1),
    logger,
    store: HOST_STATE_IN_MEMORY,
    scriptChecks: false,
  });
  const source: RegistrarSource = {
    name: 'test',
    async *entries() {
      for (const step of steps) {
        yield step;
        seen.push(
          host
            .services()
            .map(
              ({ registration: { id }, checks }) =>
                `${id}(${checks.map(({ definition, status }) => `${definition.id} ${status}`).join()})`,
            )
            .join(' '),
        );
      }
    },
  };
  const following = new SourceHost(source, host, logger);
  expect(following.isSynced).toBe(false);
  await following.run(new AbortController().signal);
  expect(following.isSynced).toBe(true);
  expect(seen).toEqual(['a(port critical) b(test passing)', 'a(port critical) b(test critical) c()', 'c()']);
  await host[Symbol.asyncDispose]();
});
