import { Http1MessageError } from './connection-error.ts';
import { REFUSALS, type RefusalReason } from './refusal.ts';
import { clientEnd, give, serverEnd, take } from './testing/recorder.ts';
import { REFUSED_REQUESTS, REFUSED_RESPONSES } from './testing/refused.ts';

describe('a request is refused, not repaired', () => {
  it.each(REFUSED_REQUESTS)('%s', (_, text, reason) => {
    const server = serverEnd();
    give(server, text);
    expect(server.told.lines.at(-1)).toBe(`error ${reason} ${REFUSALS[reason].status}`);
    expect(server.connection.wantsClose).toBe(true);
    expect(server.connection.phase).toBe('closed');
    const answer = take(server);
    expect(answer.startsWith(`HTTP/1.1 ${REFUSALS[reason].status} `)).toBe(true);
    expect(answer).toContain('\r\nconnection: close\r\n');
    give(server, 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
    expect(take(server)).toBe('');
  });

  it.each(REFUSED_REQUESTS)('one byte at a time: %s', (_, text, reason) => {
    const server = serverEnd();
    for (const character of text) give(server, character);
    expect(server.told.lines.at(-1)).toBe(`error ${reason} ${REFUSALS[reason].status}`);
  });
});

describe('a response is refused, not repaired', () => {
  it.each(REFUSED_RESPONSES)('%s', (_, text, reason) => {
    const client = clientEnd();
    client.connection.request('GET', '/', ['host', 'a.test'], true);
    give(client, text);
    expect(client.told.lines.at(-1)).toBe(`error ${reason} 502`);
    expect(client.connection.canRequest).toBe(false);
    expect(client.connection.wantsClose).toBe(true);
  });
});

it('every reason of the table is reached, by a row above or in limits.spec.ts', () => {
  const reached = new Set([...REFUSED_REQUESTS, ...REFUSED_RESPONSES].map(([, , reason]) => reason));
  const elsewhere = ['pipelined-too-much'];
  expect(Object.keys(REFUSALS).filter((reason) => !reached.has(reason as RefusalReason))).toEqual(elsewhere);
});

it('says in an error what was wrong, and what to do', () => {
  const error = new Http1MessageError('obs-fold');
  expect(error).toMatchObject({ code: 'HTTP1_MESSAGE', status: 400, kind: 'invalid', reason: 'obs-fold' });
  expect(error.message).toBe(REFUSALS['obs-fold'].why);
});
