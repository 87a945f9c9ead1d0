#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

// Whoever reads what is printed may have seen enough: `portolan … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});
process.exitCode = await runCommandLine(process.argv.slice(2), process);
