import { randomBytes } from 'node:crypto';
import { loadConfigOrExit } from '@portolan/config';
import { connectDiscovery } from '@portolan/discovery';
import type { Principal } from '@portolan/kernel';
import { keyOf } from '@portolan/kv';
import { createKvClient, whileLeader } from '@portolan/kv-client';
import { HOST_STATE_IN_MEMORY, LocalHost } from '@portolan/local-host';
import { readTls } from '@portolan/rpc';
import { runProcess, systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createTelemetry, startOpsServer } from '@portolan/telemetry';
import { registrarConfig } from './config.ts';
import { leadFor } from './lead.ts';
import { registrarMetrics } from './registrar-metrics.ts';
import { SourceHost } from './source-host.ts';
import { sourcesOf } from './sources/sources.ts';
import { whenAborted } from './when-aborted.ts';

const config = loadConfigOrExit(registrarConfig, process);
const { registry, node, deregisterAfterSeconds, scriptChecks, drainDeadlineMs, logLevel, logFormat } = config;
const instance = config.instance ?? `registrar-${randomBytes(4).toString('hex')}`;
const telemetry = createTelemetry({ app: 'registrar', instance, logLevel, logFormat, clock });
const logger = telemetry.logger('process');
const principal: Principal = { kind: 'service', name: 'registrar' };

await runProcess({ name: 'registrar', logger, clock, drainDeadlineMs, process }, async (life) => {
  life.use('telemetry', telemetry);
  const tls = await readTls(config);
  const stop = new AbortController();
  const sources: SourceHost[] = [];
  for (const source of sourcesOf(config, telemetry.logger('source'))) {
    const options = { clock, rng, logger: telemetry.logger(source.name), store: HOST_STATE_IN_MEMORY, scriptChecks };
    const host = life.use(`the checks of ${source.name}`, await LocalHost.open(options));
    sources.push(new SourceHost(source, host, telemetry.logger(source.name)));
  }
  const discovery = life.use(
    'the registry',
    connectDiscovery({
      registry,
      clock,
      rng,
      logger: telemetry.logger('registry'),
      principal,
      tls,
      metrics: telemetry.registry,
    }),
  );
  const store = life.use(
    'its lock',
    createKvClient(discovery.registryChannel(), { clock, rng, timeoutMs: 2_000, retryMs: 0 }),
  );
  let leads = false;
  registrarMetrics(telemetry.registry, { sources, leads: () => leads });
  const ops = life.use(
    'ops port',
    await startOpsServer({
      bind: config.opsBind,
      port: config.opsPort,
      telemetry,
      readiness: () => ({
        ready: !life.signal.aborted,
        checks: {
          leader: { ok: true, detail: leads ? 'this one leads' : 'stands by' },
          sources: {
            ok: sources.every(({ isSynced }) => isSynced),
            detail: sources
              .map(({ source, isSynced }) => `${source.name}: ${isSynced ? 'read' : 'not read yet'}`)
              .join(', '),
          },
        },
      }),
    }),
  );
  const running = [
    ...sources.map((source) => source.run(stop.signal)),
    whileLeader(
      {
        store,
        principal,
        clock,
        logger: telemetry.logger('leader'),
        key: keyOf(`portolan/registrar/${node}`),
        name: instance,
      },
      async ({ lost }) => {
        leads = true;
        const options = {
          registry,
          clock,
          rng,
          logger: telemetry.logger('registry'),
          principal,
          tls,
          node,
          deregisterAfterSeconds,
        };
        // Without a source there is nothing to do, and still somebody leads.
        await Promise.all([whenAborted(lost), ...sources.map((source) => leadFor(source, options, lost))]);
        leads = false;
      },
      stop.signal,
    ),
  ];
  life.defer('its sources', async () => {
    stop.abort();
    await Promise.all(running);
  });
  life.ready({ ops: ops.url });
  await life.terminationRequested();
});
