import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { byCertificate, createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import { checkHostClaim } from '@portolan/catalog';
import { advertisedAddress, loadConfigOrExit } from '@portolan/config';
import { AgentServiceService } from '@portolan/contracts/agent';
import { KvServiceService } from '@portolan/contracts/kv';
import { connectAgent } from '@portolan/discovery/agent';
import { GRPC_SERVERS } from '@portolan/grpc';
import { startHttpServer } from '@portolan/http-server';
import { Convergence, hostStateFile, LocalHost } from '@portolan/local-host';
import { catalogBinding, NativeLoad } from '@portolan/native-dialect';
import { forward, implement, readTls } from '@portolan/rpc';
import { runProcess, systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createTelemetry, startOpsServer } from '@portolan/telemetry';
import { keptAgentId } from './agent-id.ts';
import { agentMetrics } from './agent-metrics.ts';
import { agentReadiness } from './agent-readiness.ts';
import { AgentCatalog } from './catalog/agent-catalog.ts';
import { LocalSessions } from './catalog/local-sessions.ts';
import { RelayedAnswers } from './catalog/relayed-answers.ts';
import { agentConfig } from './config.ts';
import { agentRoutes } from './consul/agent-routes.ts';
import { agentCheckAnswer } from './haproxy/agent-check-answer.ts';
import { startAgentCheckServer } from './haproxy/agent-check-server.ts';
import { LoadSampler } from './load/load-sampler.ts';
import { agentService } from './native/agent-service.ts';

const VERSION = '0.1.0';

const config = loadConfigOrExit(agentConfig, process);
const { bind, port, opsBind, opsPort, drainDeadlineMs, logLevel, logFormat, adaptiveWeight } = config;
const node = config.node ?? hostname();
const telemetry = createTelemetry({ app: 'agent', instance: node, logLevel, logFormat, clock });
const logger = telemetry.logger('process');

await runProcess({ name: 'agent', logger, clock, drainDeadlineMs, process }, async (life) => {
  life.use('telemetry', telemetry);
  const address = advertisedAddress(config);
  const dataDir = resolve(config.dataDir ?? '.portolan/agent');
  const agentId = config.instance ?? (await keptAgentId(dataDir, rng));
  const { deregisterAfterSeconds, scriptChecks } = config;
  const claim = checkHostClaim({ node: { name: node, address }, agentId, deregisterAfterSeconds });
  const tls = await readTls(config);

  const host = life.use(
    'the state of the host',
    await LocalHost.open({
      clock,
      rng,
      logger: telemetry.logger('host'),
      store: hostStateFile(join(dataDir, 'host.json')),
      scriptChecks,
    }),
  );
  const upstream = life.use(
    'the registry',
    connectAgent({
      registry: config.registry,
      clock,
      rng,
      logger: telemetry.logger('registry'),
      principal: { kind: 'service', name: 'agent' },
      tls,
      claim,
    }),
  );
  const convergence = life.use(
    'anti-entropy',
    new Convergence({ host, upstream, node: claim.node.name, clock, logger: telemetry.logger('host') }),
  );
  const sampler = life.use(
    'the load',
    new LoadSampler(clock, ({ weightPercent }) => {
      if (adaptiveWeight) host.setWeightPercent(weightPercent);
    }),
  );
  const load = () => ({ ...sampler.load, weightPercent: adaptiveWeight ? sampler.load.weightPercent : 100 });
  const answers = life.use('what local services asked', new RelayedAnswers(upstream, clock));
  const sessions = life.use('local sessions', new LocalSessions({ host, clock, rng }));
  const catalog = new AgentCatalog({ upstream, answers, sessions, access: createAccess(DEVELOPMENT_POLICY) });
  agentMetrics(telemetry.registry, { host, upstream, convergence, answers, load });

  const ops = life.use(
    'ops port',
    await startOpsServer({
      bind: opsBind,
      port: opsPort,
      telemetry,
      readiness: () => agentReadiness(upstream.state, convergence.converged, life.signal.aborted),
    }),
  );
  const grpc = life.use(
    'the gRPC server',
    await GRPC_SERVERS[config.grpcServer].serve({
      bind: { host: bind, port },
      services: [
        implement(AgentServiceService, agentService({ host, convergence, node, load })),
        catalogBinding(catalog, new NativeLoad()),
        forward(KvServiceService, upstream.channel()),
      ],
      logger: telemetry.logger('rpc'),
      drainMs: drainDeadlineMs * 0.8,
      tls,
      // What it passes on is believed of it: it must know who asks.
      identify: byCertificate,
      instance: agentId,
      registry: telemetry.registry,
      clock,
    }),
  );
  const routes = agentRoutes({
    host,
    identity: { node, address, agentId },
    version: VERSION,
    logger: telemetry.logger('http'),
  });
  const http = life.use('the HTTP API', await startHttpServer({ bind, port: config.httpPort, handler: routes }));
  if (config.agentCheckPort !== undefined) {
    const answer = (asked: string): string => agentCheckAnswer(host, asked, sampler.load.weightPercent);
    life.use("HAProxy's agent-check", await startAgentCheckServer({ bind, port: config.agentCheckPort }, answer));
  }
  const at = address.includes(':') ? `[${address}]` : address;
  life.ready({ grpc: `${at}:${grpc.port}`, http: `http://${at}:${http.port}`, ops: ops.url });
  await life.terminationRequested();
});
