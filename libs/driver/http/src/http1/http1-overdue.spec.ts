import { VirtualClock } from '@portolan/virtual-world';
import { SWEEP_MS } from '../time-limits.ts';
import { startAnswering, type AnsweringServer } from './testing/answering.ts';
import { eventually } from './testing/eventually.ts';
import { Peer } from './testing/peer.ts';

/** Sends, and waits until the server has read it. */
async function told({ counters }: AnsweringServer, peer: Peer, text: string): Promise<void> {
  const wanted = counters.bytesRead + text.length;
  peer.send(text);
  await eventually(() => counters.bytesRead === wanted);
}

/** One piece of text each `everyMs`, until the server has had enough or so many times. @returns how many */
async function dribble(
  server: AnsweringServer,
  clock: VirtualClock,
  peer: Peer,
  pace: { readonly text: string; readonly everyMs: number; readonly times: number },
): Promise<number> {
  for (let time = 0; time < pace.times; time += 1) {
    await told(server, peer, pace.text);
    await clock.advance(pace.everyMs);
    if (server.counters.timeOuts > 0) return time + 1;
  }
  return pace.times;
}

const post = (length: number, more = ''): string =>
  `POST /count HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n${more}\r\n`;

describe('a client that is', () => {
  let clock: VirtualClock;
  beforeEach(() => {
    clock = new VirtualClock();
  });

  it('silent from its first moment is closed without a word', async () => {
    await using server = await startAnswering({ clock });
    using peer = await Peer.open(server.port);
    await eventually(() => server.counters.connections === 1);
    await clock.advance(9_750);
    expect(server.counters.timeOuts).toBe(0);
    await clock.advance(SWEEP_MS);
    await peer.closed;
    expect(peer.received).toBe('');
    await server.handler.until(() => server.handler.gone.length === 1);
    expect(server.handler.gone[0]).toEqual({ kind: 'slow', what: 'no first byte in time' });
  });

  it('slow with its head is told so', async () => {
    await using server = await startAnswering({ clock });
    using peer = await Peer.open(server.port);
    await told(server, peer, 'GET /hello HTTP/1.1\r\nx: ');
    expect(await dribble(server, clock, peer, { text: 'a', everyMs: 1_000, times: 100 })).toBe(10);
    await peer.closed;
    expect(peer.received).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n.*connection: close/s);
    expect(server.counters).toMatchObject({ timeOuts: 1, requests: 0, connectionErrors: 0 });
  });

  it('slow with its second head is given as long as with its first, whenever that was', async () => {
    await using server = await startAnswering({ clock });
    using peer = await Peer.open(server.port);
    await told(server, peer, 'GET /hold HTTP/1.1\r\nhost: a\r\n\r\nGET /hello HTTP/1.1\r\n');
    await clock.advance(60_000);
    server.handler.of('/hold').hello();
    await peer.text('porto');
    await clock.advance(9_000);
    peer.send('host: a\r\n\r\n');
    await peer.text('porto', 2);
    expect(server.counters.timeOuts).toBe(0);
  });

  it('silent with its content is told so', async () => {
    await using server = await startAnswering({ clock });
    using peer = await Peer.open(server.port);
    await told(server, peer, `${post(10)}abc`);
    await clock.advance(29_750);
    expect(server.counters.timeOuts).toBe(0);
    await clock.advance(2 * SWEEP_MS);
    await peer.closed;
    expect(peer.received).toContain('408 Request Timeout');
    expect(server.handler.of('/count').failure).toMatchObject({ code: 'HTTP1_TIMEOUT', status: 408 });
    expect(server.counters).toMatchObject({ timeOuts: 1, requestsBroken: 1, requestsOpen: 0 });
  });

  it('slow with its content is told so, and one at a modem’s pace is not', async () => {
    await using server = await startAnswering({ clock });
    using slow = await Peer.open(server.port);
    await told(server, slow, post(100_000));
    expect(await dribble(server, clock, slow, { text: 'x'.repeat(200), everyMs: 1_000, times: 100 })).toBe(31);
    await slow.closed;
    using modem = await Peer.open(server.port);
    server.counters.timeOuts = 0;
    await told(server, modem, post(30_000));
    expect(await dribble(server, clock, modem, { text: 'x'.repeat(300), everyMs: 1_000, times: 100 })).toBe(100);
    await modem.text('\r\n\r\n30000');
  });

  it('silent after the answer, with content that it owes, is closed', async () => {
    await using server = await startAnswering({ clock });
    using peer = await Peer.open(server.port);
    await told(server, peer, 'POST /early HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\na');
    await peer.text('413');
    await clock.advance(30_000 + SWEEP_MS);
    await peer.closed;
    expect(peer.received.split('HTTP/1.1')).toHaveLength(2);
    expect(server.counters).toMatchObject({ timeOuts: 1, requestsBroken: 0 });
  });

  it('silent when its response has begun sees a broken one', async () => {
    await using server = await startAnswering({ clock });
    using peer = await Peer.open(server.port);
    await told(server, peer, 'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nabc');
    await peer.text('3\r\nabc\r\n');
    await clock.advance(30_000 + SWEEP_MS);
    await peer.closed;
    expect(peer.received.endsWith('3\r\nabc\r\n')).toBe(true);
    expect(server.counters).toMatchObject({ timeOuts: 1, requestsBroken: 1 });
  });

  it('silent because nobody takes its content, or lets it send it, is not slow', async () => {
    await using server = await startAnswering({ clock });
    using held = await Peer.open(server.port);
    await told(server, held, `${post(10)}abc`);
    server.handler.of('/count').wire.pause();
    using expecting = await Peer.open(server.port);
    await told(
      server,
      expecting,
      'POST /hold HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n',
    );
    await clock.advance(600_000);
    expect(server.counters).toMatchObject({ timeOuts: 0, connectionsOpen: 2 });
    server.handler.of('/count').wire.resume();
    server.handler.of('/hold').wire.interim(100, []);
    await expecting.text('100 Continue');
    await clock.advance(30_000 + 2 * SWEEP_MS);
    expect(server.counters.timeOuts).toBe(2);
  });

  it('not answered may wait for as long as the handler needs, and so may a tunnel', async () => {
    await using server = await startAnswering({ clock });
    using peer = await Peer.open(server.port);
    await told(server, peer, 'GET /hold HTTP/1.1\r\nhost: a\r\n\r\n');
    using tunnel = await Peer.open(server.port);
    await told(server, tunnel, 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n');
    await clock.advance(600_000);
    server.handler.of('/hold').hello();
    await peer.text('porto');
    tunnel.send('still here');
    await tunnel.text('still here');
    expect(server.counters.timeOuts).toBe(0);
  });

  it('not taking its response is reset', async () => {
    await using server = await startAnswering({ clock });
    using peer = await Peer.open(server.port);
    peer.get('/bytes/50000000');
    await peer.text('portolan');
    peer.socket.pause();
    await eventually(() => server.handler.asked[0]?.wire.socket.writableNeedDrain === true);
    await clock.advance(30_000);
    expect(server.counters.timeOuts).toBe(0);
    await clock.advance(2 * SWEEP_MS);
    await server.handler.until(() => server.handler.gone.length === 1);
    expect(server.handler.gone[0]).toEqual({ kind: 'slow', what: 'output is not taken' });
    expect(server.counters).toMatchObject({ timeOuts: 1, requestsBroken: 1, connectionsOpen: 0 });
    peer.socket.resume();
    await peer.closed;
    expect(peer.error).toMatchObject({ code: 'ECONNRESET' });
  });

  it('idle is closed without a word', async () => {
    await using server = await startAnswering({ clock });
    using peer = await Peer.open(server.port);
    peer.get('/hello');
    await peer.text('porto');
    await clock.advance(74_750);
    expect(server.counters.connectionsOpen).toBe(1);
    await clock.advance(2 * SWEEP_MS);
    await peer.closed;
    expect(peer.received.split('HTTP/1.1')).toHaveLength(2);
    expect(server.counters.timeOuts).toBe(0);
  });

  it('asking now and then is never idle', async () => {
    await using server = await startAnswering({ clock });
    using peer = await Peer.open(server.port);
    for (let time = 1; time <= 5; time += 1) {
      peer.get('/hello');
      await peer.text('porto', time);
      await clock.advance(70_000);
    }
    expect(server.counters).toMatchObject({ requests: 5, connections: 1, connectionsOpen: 1 });
  });

  it('told its end, and does not close, is cut', async () => {
    await using server = await startAnswering({ clock });
    using peer = await Peer.open(server.port);
    peer.socket.allowHalfOpen = true;
    peer.get('/hello', 'connection: close');
    await peer.until(() => peer.hasEnded);
    await clock.advance(1_750);
    expect(server.counters.connectionsOpen).toBe(1);
    await clock.advance(2 * SWEEP_MS);
    await server.handler.until(() => server.handler.gone.length === 1);
    expect(server.counters).toMatchObject({ connectionsOpen: 0, timeOuts: 0 });
  });

  it('told its end is not cut while it still takes its last answer', async () => {
    const BYTES = 40_000_000;
    await using server = await startAnswering({ clock, limits: { outputBytes: 2 * BYTES } });
    using peer = await Peer.open(server.port);
    peer.get(`/bytes/${BYTES}`, 'connection: close');
    await peer.text('portolan');
    peer.socket.pause();
    await server.handler.until(() => server.handler.asked[0]?.isClosed === true);
    await clock.advance(20_000);
    peer.socket.resume();
    await peer.closed;
    expect(peer.received.length).toBeGreaterThan(BYTES);
    expect(server.counters).toMatchObject({ timeOuts: 0, requestsBroken: 0 });
  });

  it('old is drained', async () => {
    await using server = await startAnswering({ clock, ageMaxMs: 100_000, timeLimits: { idleMs: Infinity } });
    using peer = await Peer.open(server.port);
    await told(server, peer, 'GET /hold HTTP/1.1\r\nhost: a\r\n\r\n');
    await clock.advance(89_000);
    server.handler.of('/hold').hello();
    await peer.text('\r\n\r\nporto');
    expect(peer.received).not.toContain('connection: close');
    await told(server, peer, 'GET /hold HTTP/1.1\r\nhost: a\r\n\r\n');
    await clock.advance(22_000);
    server.handler.asked[1]?.hello();
    await peer.closed;
    expect(peer.received).toContain('connection: close\r\n\r\nporto');
  });
});
