import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printedSettings } from '../printed-settings.ts';
import { runApp } from '../running-app.ts';
import { argumentsOf, environmentOf, type Texts } from './environment.ts';
import { appOf, type Workload } from './workloads.ts';

/** A flag that no app has: whoever is given it stops after it has read all its settings, and says what is wrong with them. */
const NO_SUCH_FLAG = '--nothing-but-this-is-wrong';

/** What an app of ours would say of the arguments, variables and files that its container starts with. */
export async function settingProblems(workload: Workload, texts: Texts): Promise<readonly string[]> {
  const app = appOf(workload);
  if (app === undefined) return [];
  const environment = environmentOf(workload, texts);
  const [, ...flags] = argumentsOf(workload, environment);
  const table = await printedSettings(app);
  // Variables of other apps are ignored rather than refused: a misplaced one would go unnoticed.
  const ignored = Object.keys(environment).filter(
    (name) => /^(PORTOLAN_.*|.*_URL)$/.test(name) && !table.includes(`\`${name}\``),
  );
  return [
    ...ignored.map((name) => `${workload.title}: ${app} does not know ${name}`),
    ...(await refusals(app, flags, environment, mountedTexts(workload, texts))).map(
      (line) => `${workload.title}: ${line}`,
    ),
  ];
}

/** Runs the app itself, as far as its settings. @returns what it says, a line each */
async function refusals(
  app: string,
  flags: readonly string[],
  environment: Readonly<Record<string, string>>,
  files: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'portolan-mounted-'));
  try {
    const paths = await Promise.all(
      [...files].map(async ([path, text], index) => {
        const copy = join(folder, `${index}.yaml`);
        await writeFile(copy, text);
        return [path, copy] as const;
      }),
    );
    const here = flags.map((flag) => paths.reduce((text, [path, copy]) => text.replace(path, copy), flag));
    const { code, stderr } = await runApp(app, [...here, NO_SUCH_FLAG], environment);
    const said = stderr.split('\n').filter((line) => /^ {2}(flag|variable|file|setting) /.test(line));
    const others = said.filter((line) => !line.includes(NO_SUCH_FLAG));
    return code === 2 && said.length > others.length ? others : [`it did not read its settings:\n${stderr}`];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The files of its ConfigMaps, by their paths in the container. */
function mountedTexts({ pod, container }: Workload, texts: Texts): ReadonlyMap<string, string> {
  return new Map(
    (container.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
      const map = pod.volumes?.find((volume) => volume.name === name)?.configMap?.name;
      return Object.entries(texts[map ?? ''] ?? {}).map(([file, text]) => [`${mountPath}/${file}`, text] as const);
    }),
  );
}
