import { PortolanError } from '@portolan/kernel';
import { Command, CommanderError } from 'commander';
import { alarmCommand } from './alarm/alarm-command.ts';
import { backupCommand } from './backup/backup-command.ts';
import { restoreCommand } from './backup/restore-command.ts';
import { inspectCommand } from './inspect/inspect-command.ts';
import { memberCommand } from './member/member-command.ts';
import { EXIT, type ExitCode, type Terminal } from './terminal.ts';

/** Runs one command. @returns the exit code */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = new Command('portolan')
    .description('Portolan, by hand.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    });
  const registry = program
    .command('registry')
    .description('the registry and its members')
    .copyInheritedSettings(program);
  registry.addCommand(
    inspectCommand(terminal, (code) => {
      exitCode = code;
    }).copyInheritedSettings(program),
  );
  const alarm = alarmCommand(terminal, (code) => {
    exitCode = code;
  });
  registry.addCommand(copySettings(alarm, program));
  registry.addCommand(backupCommand(terminal).copyInheritedSettings(program));
  registry.addCommand(restoreCommand(terminal).copyInheritedSettings(program));
  program.addCommand(copySettings(memberCommand(terminal), program));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    // It has written what it had to say; asking for help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.refused;
    if (!(error instanceof PortolanError)) throw error;
    terminal.stderr.write(`error: ${error.message} (${error.code})\n  ${error.fix}\n`);
    return EXIT.refused;
  }
}

/** For commands below it too: each writes to our terminal, and none ends the process. */
function copySettings(command: Command, from: Command): Command {
  for (const below of command.commands) below.copyInheritedSettings(from);
  return command.copyInheritedSettings(from);
}
