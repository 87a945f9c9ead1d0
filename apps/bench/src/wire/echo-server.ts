import { subscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { Server as TlsServer } from 'node:tls';
import { readTls } from '@portolan/rpc';
import { answerParent } from './answer-parent.ts';
import { ECHO_SIDE_NAMES, ECHO_SIDES } from './echo-sides.ts';
import { profileAnswers } from './profiling.ts';

const IDENTITY = join(import.meta.dirname, '../../../../libs/platform/rpc/testdata');

// Our servers let nobody in without a certificate, and h2load has none to show.
subscribe('tracing:net.server.listen:asyncStart', (message) => {
  if (typeof message !== 'object' || message === null || !('server' in message)) return;
  if (message.server instanceof TlsServer) Object.assign(message.server, { requestCert: false });
});

const [name = '', transport = ''] = process.argv.slice(2);
const side = ECHO_SIDE_NAMES.find((one) => one === name);
if (side === undefined) throw new Error(`there is no side "${name}"`);
const tls =
  transport === 'tls'
    ? await readTls({
        tlsCert: join(IDENTITY, 'server.pem'),
        tlsKey: join(IDENTITY, 'server.key'),
        tlsCa: join(IDENTITY, 'ca.pem'),
      })
    : undefined;
const port = await ECHO_SIDES[side].start(tls);
answerParent(port, { usage, ...profileAnswers() });

function usage(): { readonly cpuMicros: number; readonly atMs: number } {
  const { user, system } = process.cpuUsage();
  return { cpuMicros: user + system, atMs: performance.now() };
}
