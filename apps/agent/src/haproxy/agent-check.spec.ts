import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { checkDefinition } from '@portolan/local-host';
import { VirtualClock } from '@portolan/virtual-world';
import { hostInMemory, registration } from '../testing/local-host.ts';
import { agentCheckAnswer } from './agent-check-answer.ts';
import { startAgentCheckServer } from './agent-check-server.ts';

const ttl = checkDefinition({ kind: 'ttl', id: 'alive', ttlMs: 0 });

it("speaks HAProxy's words of a service, and of the host", async () => {
  await using host = await hostInMemory(new VirtualClock());
  await host.register(registration('web-1'), [ttl]);
  const ask = (asked: string): string => agentCheckAnswer(host, asked, 80);
  expect(ask('')).toBe('up ready 80%\n');
  expect(ask('web-1\n')).toBe('down ready #check alive is critical\n');
  host.report('alive', 'warning', '');
  expect(ask('web-1\r\n')).toBe('up ready 40%\n');
  host.report('alive', 'passing', '');
  expect(ask('web-1')).toBe('up ready 80%\n');
  expect(ask('none')).toBe('stopped #not registered at its agent\n');
  await host.setMaintenance('x', 'web-1');
  expect(ask('web-1')).toBe('maint\n');
  await host.setMaintenance('x');
  expect(ask('')).toBe('maint\n');
});

it('answers a question, silence, and too much', async () => {
  await using server = await startAgentCheckServer(
    { bind: '127.0.0.1', port: 0 },
    (asked) => `you said ${asked.length}\n`,
  );
  const ask = (question: string): Promise<string> => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(question);
    return text(socket);
  };
  expect(await ask('web-1\n')).toBe('you said 6\n');
  expect(await ask('')).toBe('you said 0\n');
  expect(await ask('x'.repeat(1_000))).toMatch(/^you said \d+\n$/);
  await expect(startAgentCheckServer({ bind: '127.0.0.1', port: server.port }, () => '')).rejects.toMatchObject({
    code: 'AGENT_CHECK_BIND_FAILED',
  });
});
