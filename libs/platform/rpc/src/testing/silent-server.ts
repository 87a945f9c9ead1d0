/** A process that takes calls and never answers, for a test to kill: prints its port, then a line for each call. */
import { systemClock } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { startRpcServer } from '../server.ts';
import { implement } from '../service.ts';
import { EchoService } from './echo.ts';
import { echo } from './harness.ts';

const telemetry = createTelemetry({ app: 'silent', logLevel: 'silent', logFormat: 'json', clock: systemClock });
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const never = (): Promise<never> => {
  say('called');
  return new Promise(() => undefined);
};
const server = await startRpcServer({
  bind: { host: '127.0.0.1', port: 0 },
  services: [
    implement(EchoService, {
      ...echo,
      unary: never,
      async *serverStream() {
        yield await never();
      },
    }),
  ],
  logger: telemetry.logger('rpc'),
  drainMs: 0,
});
say(String(server.port));
