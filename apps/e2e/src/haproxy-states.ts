import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** What HAProxy thinks of its servers: `backend/server` to `UP`, `DOWN (agent)`, `MAINT`, from its stats socket. */
export async function haproxyStates(socket: string): Promise<ReadonlyMap<string, string>> {
  const connection = connect(socket);
  connection.write('show stat\n');
  const [head = '', ...rows] = (await text(connection)).replace(/^# /, '').trim().split('\n');
  const columns = head.split(',');
  const [backend, server, status] = ['pxname', 'svname', 'status'].map((name) => columns.indexOf(name));
  return new Map(
    rows.map((row): [string, string] => {
      const cells = row.split(',');
      return [`${cells[backend ?? 0] ?? ''}/${cells[server ?? 0] ?? ''}`, cells[status ?? 0] ?? ''];
    }),
  );
}
