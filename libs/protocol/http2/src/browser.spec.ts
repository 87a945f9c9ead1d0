import vm from 'node:vm';
import { bundled } from './testing/bundle.ts';

/** Run where there is nothing but the language: no global of Node's or of a browser's. */
const EXCHANGE = `
  const lines = [];
  const no = () => undefined;
  const events = (name, onHead, onEnd) => ({
    onHead(stream, head, endStream, context = name) {
      lines.push(name + ' ' + (head.status || head.method + ' ' + head.path) + ' ' + (head.get('x-text') ?? ''));
      onHead(stream);
      return context;
    },
    onInterim: no,
    onData(context, stream, bytes, start, end) {
      lines.push(name + ' ' + String.fromCharCode(...bytes.subarray(start, end)));
    },
    onEnd: (context, stream) => onEnd(stream),
    onWritable: no,
    onClose: (context, stream, code) => lines.push(name + ' closed ' + code),
    onSettings: no, onPong: no, onGoaway: no, onDrained: no,
    onError: (error) => lines.push(name + ' ' + error.message),
  });
  const text = (content) => Uint8Array.from(content, (char) => char.charCodeAt(0));
  const client = new core.Http2Connection({ role: 'client', now: 0 }, events('client', no, no));
  const server = new core.Http2Connection({ role: 'server', now: 0 }, events('server', no, (stream) => {
    server.head(stream, [':status', '200', 'x-text', 'caf\\u00e9'], false);
    server.data(stream, text('world'), 0, 5, true);
  }));
  const head = [':method', 'POST', ':scheme', 'http', ':path', '/a', ':authority', 'a.test', 'x-text', '\\u00e9'];
  const stream = client.open(head, false, 'client');
  client.data(stream, text('hello'), 0, 5, true);
  for (const [from, to] of [[client, server], [server, client]]) {
    to.receive(from.output.bytes, 0, from.output.length, 0);
    from.output.clear();
    from.flushed();
  }
  lines.join('\\n');
`;

describe('the core in a browser', () => {
  it('is a bundle without a module or global of Node', async () => {
    const code = await bundled('iife');
    expect(code.length).toBeGreaterThan(10_000);
    expect(code).not.toMatch(/\bnode:|\brequire\(|\bBuffer\b|\bprocess\b|\bglobalThis\b|\bsetTimeout\b|\bDate\b/);
  });

  it('exchanges a request where there is nothing but the language', async () => {
    const context = vm.createContext({});
    vm.runInContext(await bundled('iife'), context);
    const told: unknown = vm.runInContext(EXCHANGE, context);
    expect(String(told).split('\n')).toEqual([
      'server POST /a \u00e9',
      'server hello',
      'server closed 0',
      'client 200 caf\u00e9',
      'client world',
      'client closed 0',
    ]);
  });
});
