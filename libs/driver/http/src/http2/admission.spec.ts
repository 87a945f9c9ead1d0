import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { ServedProtocol } from '../served-protocol.ts';
import { startAnswering, type AnsweringServer } from '../testing/answering.ts';
import { get, HELLO, TYPE } from '../testing/frames.ts';
import { AUTHORITY, IDENTITY } from '../testing/identity.ts';
import { RawClient } from '../testing/raw-client.ts';

/** A protocol that is never spoken here: what matters is that a server must find out which one it is. */
const unspoken: ServedProtocol = {
  accept: () => {
    throw new TypeError('no test here speaks HTTP/1.1');
  },
};

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

async function openSocket(port: number): Promise<Socket> {
  const socket = connectPlain({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

function dialTls({ port }: AnsweringServer, ...ALPNProtocols: string[]): TLSSocket {
  return connectTls({ host: '127.0.0.1', port, ca: AUTHORITY, ALPNProtocols });
}

async function expectAnswer(client: RawClient): Promise<void> {
  client.send(HELLO, get(1, '/hello'));
  const { payload } = await client.frameOf(TYPE.data, 1);
  expect(payload.length).toBe(5);
}

/** Whoever is let in after some attempts, since others have left. */
async function expectLetIn(dial: () => Promise<Socket | undefined>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const socket = await dial();
    if (socket === undefined) continue;
    using client = new RawClient(socket);
    const answered = expectAnswer(client).then(() => true);
    if (await Promise.race([answered, client.closed.then(() => false)])) return;
  }
  throw new Error('nobody is let in any more');
}

it('turns away who is one too many, and serves again when one has left', async () => {
  await using served = await startAnswering({ connectionsMax: 2 });
  using first = await RawClient.open(served.port);
  using second = await RawClient.open(served.port);
  await Promise.all([first, second].map(expectAnswer));
  using third = await RawClient.open(served.port);
  await third.closed;
  expect(served.counters).toMatchObject({ connections: 2, connectionsOpen: 2, connectionsRefused: 1 });
  first.socket.destroy();
  await until(() => served.counters.connectionsOpen === 1);
  using fourth = await RawClient.open(served.port);
  await expectAnswer(fourth);
});

it('counts who left before it said what it speaks no longer', async () => {
  await using served = await startAnswering({ connectionsMax: 3, beside: unspoken });
  for (let round = 0; round < 10; round += 1) {
    const socket = await openSocket(served.port);
    if (round % 2 === 0) socket.destroy();
    else socket.resetAndDestroy();
    await once(socket, 'close');
  }
  await expectLetIn(() => openSocket(served.port));
});

describe('over TLS', () => {
  const tls = IDENTITY;

  it('HTTP/2 is spoken with who agrees to it by ALPN, and preferred to HTTP/1.1', async () => {
    await using served = await startAnswering({ tls, beside: unspoken });
    const socket = dialTls(served, 'http/1.1', 'h2');
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol).toBe('h2');
    using client = new RawClient(socket);
    client.send(HELLO, get(1, '/hello'), get(3, '/bytes/30000'));
    expect((await client.frameOf(TYPE.data, 1)).payload.length).toBe(5);
    await client.frame(({ stream, flags, type }) => stream === 3 && type === TYPE.data && flags === 1);
  });

  it('who offers nothing that is served is told so in the handshake', async () => {
    await using served = await startAnswering({ tls });
    const socket = dialTls(served, 'http/1.1');
    const [error] = (await once(socket, 'error')) as unknown[];
    expect(String(error)).toMatch(/no application protocol/i);
    await until(() => served.counters.connectionErrors === 1);
  });

  it('a connection counts from its first moment, not from the end of its handshake, and until it ends', async () => {
    await using served = await startAnswering({ tls, connectionsMax: 2 });
    const silent = [await openSocket(served.port), await openSocket(served.port)];
    const third = await openSocket(served.port);
    await once(third, 'close');
    expect(served.counters.connectionsRefused).toBe(1);
    for (const socket of silent) socket.destroy();
    await expectLetIn(async () => {
      const socket = dialTls(served, 'h2');
      const isSecure = await Promise.race([
        once(socket, 'secureConnect').then(
          () => true,
          () => false,
        ),
        once(socket, 'close').then(() => false),
      ]);
      return isSecure ? socket : undefined;
    });
  });

  it('a drain ends handshakes that are under way', async () => {
    await using served = await startAnswering({ tls, connectionsMax: 1 });
    const socket = await openSocket(served.port);
    // The second is refused once the first was accepted.
    const second = await openSocket(served.port);
    await once(second, 'close');
    const closed = once(socket, 'close');
    await served.server.drain();
    await closed;
    expect(served.counters).toMatchObject({ connections: 0, connectionsRefused: 1 });
  });
});

it('a drain ends connections that have not said what they speak', async () => {
  await using served = await startAnswering({ connectionsMax: 1, beside: unspoken });
  const socket = await openSocket(served.port);
  const second = await openSocket(served.port);
  await once(second, 'close');
  const closed = once(socket, 'close');
  await served.server.drain();
  await closed;
  expect(served.counters).toMatchObject({ connections: 0, connectionsRefused: 1 });
});
