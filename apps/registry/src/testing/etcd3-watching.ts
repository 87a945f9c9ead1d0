/**
 * A process of npm etcd3, which keeps one alive: it watches `w/` at each of the hosts it is told, and prints what its watches see, a line
 * of JSON each. Whoever started it ends it.
 */
import { Etcd3 } from 'etcd3';

for (const host of process.argv.slice(2)) {
  const see = (what: string, detail = ''): void => {
    process.stdout.write(`${JSON.stringify({ host, what, detail })}\n`);
  };
  const watcher = await new Etcd3({ hosts: host }).watch().prefix('w/').create();
  watcher.on('put', ({ value }) => {
    see('put', value.toString());
  });
  watcher.on('disconnected', ({ message }) => {
    see('disconnected', message);
  });
  watcher.on('connected', () => {
    see('connected');
  });
  watcher.on('end', () => {
    see('end');
  });
  watcher.on('error', ({ message }) => {
    see('error', message);
  });
  see('watching');
}
