import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { startFastServer } from '@portolan/grpc';
import { memberId } from '@portolan/raft';
import { systemClock, systemRng } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { openPeers, PEER_RPC_LIMITS } from './index.ts';

it('runs the example of the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, example = ''] = /```ts\n.*?\n\n(.*?)```/s.exec(readme) ?? [];
  const telemetry = createTelemetry({
    ...{ app: 'test', logLevel: 'fatal', logFormat: 'json', clock: systemClock },
    destination: { write: () => undefined },
  });
  const [clock, rng, logger] = [systemClock, systemRng, telemetry.logger('peers')];
  const given = { startFastServer, memberId, openPeers, PEER_RPC_LIMITS, clock, rng, logger };
  const said: unknown[] = [];
  const code = stripTypeScriptTypes(
    `export async function run({ ${Object.keys(given).join(', ')} }, said) { ${example}
     said.push(name, peers.status().length); await peers[Symbol.asyncDispose](); await server.drain(); }`,
  );
  const { run } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    run: (environment: typeof given, said: unknown[]) => Promise<void>;
  };
  await run(given, said);
  expect(said).toEqual(['a', 1]);
});
