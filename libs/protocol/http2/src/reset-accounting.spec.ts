import { DEFAULT_LIMITS } from './limits.ts';
import { POST } from './testing/recorder.ts';
import { begunClient, begunServer, feed, frame, REQUEST, WHOLE, block, framesOf } from './testing/wire.ts';

const CANCEL = [0, 0, 0, 8];
const NO_ERROR = [0, 0, 0, 0];

describe('what a reset is counted as', () => {
  it('is the same flood when it says NO_ERROR', () => {
    const attacked = begunServer();
    let requests = 0;
    for (let stream = 1; attacked.told.error === undefined && requests < 5_000; stream += 2) {
      feed(attacked, [...frame(1, 5, stream, WHOLE), ...frame(3, 0, stream, NO_ERROR)]);
      requests += 1;
    }
    expect(requests).toBe(DEFAULT_LIMITS.resets + 1);
  });

  it('is no good end while the peer has not said all, whatever code it gives', () => {
    const server = begunServer();
    feed(server, [...frame(1, 4, 1, REQUEST), ...frame(3, 0, 1, NO_ERROR)]);
    expect(server.told.lines.at(-1)).toBe('close 1 CANCEL');
    const client = begunClient();
    client.connection.open(POST, false, 'mine');
    client.connection.open(POST, false, 'mine');
    const head = block([':status', '200']);
    feed(client, [...frame(1, 5, 1, head), ...frame(3, 0, 1, NO_ERROR)]);
    expect(client.told.lines).toEqual(['head 1 200 end', 'end 1', 'close 1 NO_ERROR']);
    feed(client, [...frame(1, 4, 3, head), ...frame(3, 0, 3, NO_ERROR)]);
    expect(client.told.lines.at(-1)).toBe('close 3 CANCEL');
  });

  it('says that a request can be sent again only when nothing of it was answered', () => {
    const client = begunClient();
    client.connection.open(POST, false, 'mine');
    client.connection.open(POST, false, 'mine');
    feed(client, [...frame(1, 4, 1, block([':status', '200'])), ...frame(3, 0, 1, [0, 0, 0, 7])]);
    feed(client, frame(3, 0, 3, [0, 0, 0, 7]));
    expect(client.told.lines.slice(1)).toEqual(['close 1 REFUSED_STREAM', 'close 3 REFUSED_STREAM unprocessed']);
  });
});

describe('frames on a stream that we have reset', () => {
  it('are no flood when they are content that was under way', () => {
    const server = begunServer();
    feed(server, frame(1, 4, 1, REQUEST));
    server.connection.reset(1 as never, 8);
    for (let sent = 0; sent < 10_000; sent += 1) feed(server, frame(0, 0, 1, [1, 2, 3]));
    expect(server.told.error).toBeUndefined();
  });

  it('are a flood when they are heads', () => {
    const server = begunServer();
    feed(server, frame(1, 4, 1, REQUEST));
    server.connection.reset(1 as never, 8);
    for (let sent = 0; sent < 3_000 && server.told.error === undefined; sent += 1) feed(server, frame(1, 5, 1, WHOLE));
    expect(server.told.error?.message).toMatch(/^ENHANCE_YOUR_CALM/);
  });
});

it('counts DATA of padding alone as empty', () => {
  const server = begunServer();
  feed(server, frame(1, 4, 1, REQUEST));
  for (let sent = 0; sent < 3_000 && server.told.error === undefined; sent += 1) feed(server, frame(0, 8, 1, [0]));
  expect(server.told.error?.message).toMatch(/^ENHANCE_YOUR_CALM/);
});

it('ignores what comes after the last GOAWAY, content too', () => {
  const server = begunServer();
  feed(server, frame(1, 4, 1, REQUEST));
  server.connection.drain();
  feed(server, frame(6, 1, 0, Buffer.from('portolan')));
  const late = [...frame(1, 4, 3, REQUEST), ...frame(0, 0, 3, [1]), ...frame(8, 0, 3, [0, 0, 9, 9])];
  feed(server, [...late, ...frame(3, 0, 3, CANCEL)]);
  expect(server.told.error).toBeUndefined();
  server.connection.abort(2, 'over');
  expect(framesOf([...server.connection.output.bytes.subarray(0, server.connection.output.length)])[0]).toMatch(
    /^GOAWAY 0 0 0000000100000002/,
  );
});
