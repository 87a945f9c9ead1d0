/** A process for the specs: `fixture.ts <scenario>`. */
const scenario = process.argv[2] ?? 'serve';
const log = (fields: object): boolean => process.stdout.write(`${JSON.stringify({ level: 'info', ...fields })}\n`);

if (scenario === 'fail') {
  process.stderr.write('no such harbour\n');
  process.exitCode = 3;
} else {
  process.on('SIGTERM', () => {
    log({ msg: 'told to end' });
    if (scenario !== 'stubborn') process.exit(0);
  });
  process.on('disconnect', () => process.exit(0));
  log({ msg: 'ready', event: 'ready', urls: { http: 'http://127.0.0.1:1' } });
}
