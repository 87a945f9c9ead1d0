import { createServer, type Socket } from 'node:net';
import { AgentCheckBindError } from '../errors.ts';

/** HAProxy sends what it has to say at once, or nothing at all. */
const WAIT_FOR_QUESTION_MS = 100;
const QUESTION_BYTES_MAX = 256;
const IDLE_MS = 5_000;
/** One a probe of each balancer and server. */
const CONNECTIONS_MAX = 256;

export interface AgentCheckServer extends AsyncDisposable {
  readonly port: number;
}

/** Answers each connection with one line, and closes it. @throws AgentCheckBindError */
export async function startAgentCheckServer(
  { bind, port }: { readonly bind: string; readonly port: number },
  answer: (asked: string) => string,
): Promise<AgentCheckServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    // A prober that has gone meanwhile is no news.
    socket.on('error', () => socket.destroy());
    let asked = '';
    const reply = (): void => {
      clearTimeout(timer);
      if (!socket.writableEnded) socket.end(answer(asked));
    };
    const timer = setTimeout(reply, WAIT_FOR_QUESTION_MS);
    socket.on('data', (chunk) => {
      asked += chunk.toString('utf8');
      if (asked.includes('\n') || asked.length > QUESTION_BYTES_MAX) reply();
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new AgentCheckBindError(`cannot listen on ${bind}:${port} for HAProxy's agent-check`, {
          fix: 'free the port, or choose another with --agent-check-port',
          context: { bind, port },
          cause,
        }),
      );
    });
    server.listen(port, bind, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}
