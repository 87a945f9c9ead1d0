import { runApp } from './running-app.ts';

/** The table of its settings that an app prints. */
export async function printedSettings(app: string): Promise<string> {
  const { code, stdout, stderr } = await runApp(app, ['--help-markdown']);
  if (code !== 0) throw new Error(`${app} --help-markdown ended with ${String(code)}: ${stderr}`);
  return stdout;
}
