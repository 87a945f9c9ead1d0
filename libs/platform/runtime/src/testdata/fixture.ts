import { runProcess, systemClock } from '../index.ts';

/** A process for the spec: `fixture.ts <scenario>`. */
const scenario = process.argv[2] ?? '';
const log = (level: string) => (fields: object, message: string) => {
  const { err, ...rest } = { err: undefined, ...fields };
  process.stdout.write(`${JSON.stringify({ level, message, error: String(err), ...rest })}\n`);
};
const logger = { info: log('info'), warn: log('warn'), fatal: log('fatal') };

const signalEchoMs = scenario === 'echo' ? 60_000 : 0;
const options = { name: 'fixture', logger, clock: systemClock, drainDeadlineMs: 300, signalEchoMs, process };

await runProcess(options, async (life) => {
  if (scenario === 'failed-start') throw new Error('no such harbour');
  life.defer('first opened', () => {
    logger.info({ event: 'closed' }, 'first opened');
  });
  life.defer('second opened', () => {
    logger.info({ event: 'closed' }, 'second opened');
    if (scenario === 'hang') return new Promise<void>(() => setInterval(() => undefined, 1_000));
    return undefined;
  });
  if (scenario === 'rejection') void Promise.reject(new Error('nobody cares'));
  life.ready({ http: 'http://127.0.0.1:1' });
  await life.terminationRequested();
});
