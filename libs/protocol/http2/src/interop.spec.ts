import { once } from 'node:events';
import http2 from 'node:http2';
import net, { type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Http2Connection } from './connection.ts';
import type { StreamId } from './events.ts';
import { POST } from './testing/recorder.ts';
import { Recorder } from './testing/recorder.ts';
import { serveSocket } from './testing/socket-endpoint.ts';

/** Against nghttp2, as `node:http2` has it: the implementation that most clients and servers are built on. */

interface EchoServer extends AsyncDisposable {
  readonly url: string;
  readonly told: Recorder[];
}

/** Answers each request with its own content, and the number of its bytes as a trailer. */
async function echoServer(): Promise<EchoServer> {
  const told: Recorder[] = [];
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    const recorder = new Recorder();
    told.push(recorder);
    const connection = serveSocket(socket, {}, recorder);
    echo(connection, recorder);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    told,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function echo(connection: Http2Connection<string>, told: Recorder): void {
  const unsent = new Map<StreamId, Uint8Array>();
  const finish = (stream: StreamId, bytes: Uint8Array): void => {
    const taken = connection.data(stream, bytes, 0, bytes.length, false);
    if (taken < bytes.length) {
      unsent.set(stream, bytes.subarray(taken));
    } else {
      unsent.delete(stream);
      connection.trailers(stream, ['x-bytes', String(told.content.get(stream)?.length ?? 0)]);
    }
  };
  told.onRequest = (stream, head): void => {
    connection.head(stream, [':status', '200', 'x-path', head.path, 'x-cookie', head.get('cookie') ?? ''], false);
  };
  told.onBytes = (stream, bytes): void => {
    connection.consume(stream, bytes);
  };
  told.onRequestEnd = (stream): void => {
    finish(stream, Uint8Array.from(Buffer.from(told.content.get(stream) ?? '', 'latin1')));
  };
  told.onRoom = (stream): void => {
    const bytes = unsent.get(stream);
    if (bytes !== undefined) finish(stream, bytes);
  };
}

interface Answer {
  readonly headers: http2.IncomingHttpHeaders;
  readonly trailers: http2.IncomingHttpHeaders;
  readonly content: string;
}

async function ask(
  client: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  content: string,
): Promise<Answer> {
  const request = client.request({ ':method': 'POST', ...headers });
  let answered: http2.IncomingHttpHeaders = {};
  let trailers: http2.IncomingHttpHeaders = {};
  request.on('response', (received) => {
    answered = received;
  });
  request.on('trailers', (received) => {
    trailers = received;
  });
  request.end(content);
  return { content: await text(request), headers: answered, trailers };
}

describe('our server and the client of node:http2', () => {
  it('exchange heads, content and trailers', async () => {
    await using server = await echoServer();
    const client = http2.connect(server.url);
    const answer = await ask(client, { ':path': '/a?b=c', cookie: ['a=1', 'b=2'] }, 'hello');
    expect(answer.content).toBe('hello');
    expect(answer.headers).toMatchObject({ ':status': 200, 'x-path': '/a?b=c', 'x-cookie': 'a=1; b=2' });
    expect(answer.trailers).toMatchObject({ 'x-bytes': '5' });
    client.close();
    await once(client, 'close');
    expect(server.told[0]?.error).toBeUndefined();
  });

  it('move megabytes both ways over windows of 64 KiB, many streams at a time', async () => {
    await using server = await echoServer();
    const client = http2.connect(server.url);
    const contents = Array.from({ length: 8 }, (_, index) => String(index).repeat(1_000_000));
    const answers = await Promise.all(contents.map((content) => ask(client, { ':path': '/' }, content)));
    for (const [index, answer] of answers.entries()) {
      expect(answer.content === contents[index]).toBe(true);
      expect(answer.trailers['x-bytes']).toBe('1000000');
    }
    client.close();
    await once(client, 'close');
  });

  it('keep their dynamic tables alike over hundreds of requests with changing fields', async () => {
    await using server = await echoServer();
    const client = http2.connect(server.url);
    for (let round = 0; round < 300; round += 1) {
      const path = `/${'x'.repeat(round % 40)}/${round}`;
      const answer = await ask(client, { ':path': path, 'x-round': `${round % 7}`, 'x-once': 'y'.repeat(round) }, '');
      expect(answer.headers['x-path']).toBe(path);
    }
    client.close();
    await once(client, 'close');
  });

  it('survive cancelled requests', async () => {
    await using server = await echoServer();
    const client = http2.connect(server.url);
    for (let round = 0; round < 50; round += 1) {
      const request = client.request({ ':method': 'POST', ':path': '/' });
      request.write('begun');
      request.on('error', () => undefined);
      request.close(http2.constants.NGHTTP2_CANCEL);
      await once(request, 'close');
    }
    expect((await ask(client, { ':path': '/' }, 'still here')).content).toBe('still here');
    client.close();
    await once(client, 'close');
    expect(server.told[0]?.error).toBeUndefined();
  });
});

describe('our client and the server of node:http2', () => {
  it('exchange heads, content and trailers, and drain', async () => {
    const server = http2.createServer();
    server.on('stream', (stream: http2.ServerHttp2Stream, headers) => {
      stream.additionalHeaders({ ':status': 103, link: '</style.css>' });
      stream.respond({ ':status': 200, 'x-path': headers[':path'] }, { waitForTrailers: true });
      stream.on('wantTrailers', () => {
        stream.sendTrailers({ done: 'yes' });
      });
      stream.pipe(stream);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    const told = new Recorder();
    const client = serveSocket(socket, { role: 'client' }, told);
    told.onBytes = (id, count): void => {
      client.consume(id, count);
    };
    const content = new Uint8Array(300_000).fill(97);
    const stream = client.open(POST, false, 's1');
    let sent = 0;
    const send = (): void => {
      if (stream !== undefined) sent += client.data(stream, content, sent, content.length, true);
    };
    told.onRoom = send;
    send();
    told.flush();
    while (!told.lines.includes('close 1 NO_ERROR') && told.error === undefined) await once(socket, 'data');
    expect(
      told.lines
        .filter((line) => /^(interim|head|end|close)/.test(line))
        .map((line) => line.replace(/date=.*/, 'date')),
    ).toEqual(['interim 1 103 link=</style.css>', 'head 1 200 x-path=/ date', 'end 1 done=yes', 'close 1 NO_ERROR']);
    expect(told.content.get(1)?.length).toBe(300_000);
    const closed = once(server, 'close');
    server.close();
    client.drain();
    told.flush();
    socket.end();
    await closed;
  });
});
