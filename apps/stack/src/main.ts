import { join, resolve } from 'node:path';
import { loadConfigOrExit } from '@portolan/config';
import { runProcess, systemClock, systemRng } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import picocolors from 'picocolors';
import { stackConfig } from './config.ts';
import { drainShares } from './drain-shares.ts';
import { firstPage } from './first-page.ts';
import { checkWritable } from './folder.ts';
import { atLeast } from './log-entry.ts';
import { heldBytes } from './memory.ts';
import { planOf, portOf } from './plan.ts';
import { checkPorts } from './port-check.ts';
import { createScreen } from './screen.ts';
import { summaryOf } from './summary.ts';
import { offerServicesFile } from './services-file.ts';
import { createSupervisor } from './supervisor.ts';
import { wantsColor } from './colors.ts';

/** npm passes on a Ctrl-C that the terminal has already sent to us: twice within this is once. */
const SIGNAL_ECHO_MS = 500;

const startedAt = systemClock.now();
const config = loadConfigOrExit(stackConfig, process);
const dataDir = resolve(config.dataDir);
const { stageMs, processMs } = drainShares(config.drainDeadlineMs);
// Ready lines are of level info, so the processes log at least that; the screen shows what was asked for.
const logLevel = atLeast(config.logLevel, 'info') ? 'info' : config.logLevel;
const plan = planOf({ ...config, dataDir, logLevel, drainDeadlineMs: processMs });

const colors = picocolors.createColors(wantsColor(process.env, process.stdout.isTTY));
const screen = createScreen({
  write: (text) => process.stdout.write(text),
  colors,
  format: config.logFormat === 'json' ? 'json' : 'text',
  level: config.logLevel,
  nameWidth: Math.max(...plan.map(({ name }) => name.length)),
});
const destination = {
  write: (line: string): void => {
    screen.line('stack', line.trimEnd());
  },
};
const telemetry = createTelemetry({ app: 'stack', logLevel, logFormat: 'json', clock: systemClock, destination });
const logger = telemetry.logger('stack');

const { drainDeadlineMs } = config;
const options = { name: 'stack', logger, clock: systemClock, drainDeadlineMs, signalEchoMs: SIGNAL_ECHO_MS, process };
await runProcess(options, async (life) => {
  await checkWritable(dataDir);
  await offerServicesFile(dataDir);
  await checkPorts(plan);
  const supervisor = createSupervisor({
    clock: systemClock,
    rng: systemRng,
    logger,
    onLine: (name, line) => {
      screen.line(name, line);
    },
    stageDrainMs: stageMs,
  });
  // However this process ends, unless it is killed: then the processes notice that their channel is gone.
  process.once('exit', () => {
    supervisor.killAll();
  });
  life.use('the processes', supervisor);

  const repository = join(import.meta.dirname, '../../..');
  const commands = plan.map(({ name, app, stage, args }) => ({
    name,
    stage,
    cwd: repository,
    args: [join('apps', app, 'src/main.ts'), ...args],
  }));
  await supervisor.start(commands, life.signal);
  if (!(await firstPage(portOf(plan, 'gateway', '--port'), systemClock, life.signal))) {
    logger.warn('every process is ready, but no whole page has come through the gateway yet');
  }
  const memoryBytes = await heldBytes([process.pid, ...supervisor.pids()]);
  screen.say(summaryOf({ plan, colors, startedInMs: systemClock.now() - startedAt, memoryBytes, dataDir }));
  life.ready({ http: `http://127.0.0.1:${portOf(plan, 'gateway', '--port')}` });
  await life.terminationRequested();
});
