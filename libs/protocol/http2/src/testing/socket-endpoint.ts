import type { Socket } from 'node:net';
import { Http2Connection, type Http2Options } from '../connection.ts';
import type { Recorder } from './recorder.ts';

/** Joins a connection to a socket: the few lines that a driver needs at least. */
export function serveSocket(socket: Socket, options: Partial<Http2Options>, told: Recorder): Http2Connection<string> {
  const connection = new Http2Connection<string>({ role: 'server', now: performance.now(), ...options }, told);
  const write = (): void => {
    const { output } = connection;
    while (output.length > 0) {
      const bytes = output.bytes.subarray(0, output.length);
      output.detach();
      socket.write(bytes);
      connection.flushed();
    }
    if (told.error !== undefined) socket.end();
  };
  socket.on('data', (bytes: Buffer) => {
    connection.receive(bytes, 0, bytes.length, performance.now());
    write();
  });
  socket.on('error', () => {
    connection.close();
  });
  socket.on('close', () => {
    connection.close();
  });
  told.flush = write;
  write();
  return connection;
}
