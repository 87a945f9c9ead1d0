import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { formatScene, play, scenesOf } from './testing/transcript.ts';

/** `PORTOLAN_REWRITE=1` writes what comes out instead: read the difference line by line. */
const rewrites = process.env.PORTOLAN_REWRITE === '1';
const folder = new URL('./testdata/', import.meta.url);

describe.each(readdirSync(folder))('%s', (file) => {
  const path = new URL(file, folder);
  const scenes = scenesOf(readFileSync(path, 'utf8'));
  if (rewrites) {
    const text = scenes.map((scene) => formatScene(scene, play(scene.commands))).join('\n\n');
    writeFileSync(path, `${text}\n`);
  }

  it.each(scenes.map((scene) => [scene.title, scene] as const))('%s', (_, { commands, expected }) => {
    const output = play(commands);
    expect(output).toEqual(rewrites ? output : expected);
  });
});
