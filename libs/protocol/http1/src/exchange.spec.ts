import { Http1ClosedError } from './connection-error.ts';
import { bytesOf } from './testing/bytes.ts';
import { clientEnd, echoEnd, give, serverEnd, settle, take } from './testing/recorder.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe('calls from within events', () => {
  it('answer at once, all of one read in one output', () => {
    const server = echoEnd();
    give(server, GET.repeat(50));
    const { output } = server.connection;
    expect(
      Buffer.from(output.bytes.subarray(0, output.length))
        .toString()
        .match(/200 OK/g),
    ).toHaveLength(50);
  });

  it('may close while a head is lent: it is still readable', () => {
    const server = serverEnd();
    let host: string | undefined;
    server.told.onHead = (head): void => {
      server.connection.close();
      host = head.get('host');
    };
    give(server, GET + GET);
    expect(host).toBe('a');
    expect(server.told.lines).toHaveLength(1);
    expect(server.connection.phase).toBe('closed');
  });

  it('may write and say so: nothing is told twice or in between', () => {
    const server = serverEnd();
    server.told.onHead = (): void => {
      server.connection.head(200, [], true);
      take(server);
    };
    give(server, GET.repeat(3));
    expect(server.told.lines).toHaveLength(3);
    expect(server.connection.phase).toBe('idle');
  });

  it('may send the next request at the end of a response', () => {
    const client = clientEnd();
    client.told.onWhole = (): void => {
      expect(client.connection.request('GET', '/2', ['host', 'a'], true)).toBe(true);
    };
    client.connection.request('GET', '/1', ['host', 'a'], true);
    give(client, 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx');
    expect(client.connection.phase).toBe('waiting');
    give(client, 'HTTP/1.1 204 No Content\r\n\r\n');
    expect(client.told.lines.at(-1)).toBe('response 204 No Content 1.1 | end');
  });

  it('never take for an answer what came before the request', () => {
    const client = clientEnd();
    client.told.onWhole = (): void => {
      client.connection.request('GET', '/2', ['host', 'a'], true);
    };
    client.connection.request('GET', '/1', ['host', 'a'], true);
    give(client, 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    expect(client.told.lines.at(-1)).toBe('error unsolicited 502');
  });
});

describe('a request that is not answered', () => {
  it('can be sent again when no byte of its response came', () => {
    const client = clientEnd();
    client.connection.request('GET', '/1', ['host', 'a'], true);
    give(client, 'HTTP/1.1 204 No Content\r\n\r\n');
    client.connection.request('GET', '/2', ['host', 'a'], true);
    client.connection.receiveEnd();
    expect(client.told.error).toBeInstanceOf(Http1ClosedError);
    expect(client.told.error).toMatchObject({ isUnanswered: true, code: 'HTTP1_CLOSED', kind: 'unavailable' });
  });

  it('cannot when one came', () => {
    const client = clientEnd();
    client.connection.request('GET', '/1', ['host', 'a'], true);
    give(client, 'H');
    client.connection.receiveEnd();
    expect(client.told.error).toMatchObject({ isUnanswered: false });
  });
});

describe('what a driver decides time-outs by', () => {
  it('is the phase, since when, and how much came', () => {
    const { connection } = serverEnd();
    const bytes = bytesOf(GET);
    connection.receive(bytes, 0, 5, 100);
    connection.receive(bytes, 5, 9, 200);
    expect([connection.phase, connection.headSince, connection.receivedAt, connection.bytesReceived]).toEqual([
      'head',
      100,
      200,
      9,
    ]);
    connection.receive(bytes, 9, bytes.length, 300);
    expect(connection.phase).toBe('response');
  });

  it('counts a head behind a request from when it came, not from when it was looked at', () => {
    const server = serverEnd();
    const bytes = bytesOf(`${GET}GET`);
    server.connection.receive(bytes, 0, bytes.length, 100);
    server.connection.head(200, [], true);
    take(server);
    expect([server.connection.phase, server.connection.headSince]).toEqual(['head', 100]);
  });
});

it('both roles exchange content and trailers, many times on one connection', () => {
  const server = echoEnd();
  const client = clientEnd();
  for (let round = 0; round < 20; round += 1) {
    const content = bytesOf(String(round).repeat(round * 1_000));
    client.connection.request('POST', `/${round}`, ['host', 'a'], false);
    client.connection.data(content, 0, content.length, false);
    client.connection.trailers(['x-round', String(round)]);
    settle(client, server);
    expect(client.connection.canRequest).toBe(true);
    expect(server.told.lines.at(-1)).toBe(`end x-round=${round}`);
  }
  const sizes = client.told.lines.filter((line) => line.startsWith('data ')).map((line) => line.length - 5);
  expect(sizes).toEqual(Array.from({ length: 19 }, (_, index) => String(index + 1).length * (index + 1) * 1_000));
});

it('an idle connection holds no bytes', () => {
  const server = echoEnd();
  for (const character of GET) give(server, character);
  server.connection.output.detach();
  server.connection.flushed();
  expect(server.connection.output.bytes).toHaveLength(0);
  expect(server.connection.phase).toBe('idle');
});
