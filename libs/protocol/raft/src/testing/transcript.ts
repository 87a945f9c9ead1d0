import { perform } from './commands.ts';
import { Stage } from './stage.ts';

/** A part of a transcript: what it is about, what is done, and what came of it. */
export interface Scene {
  readonly comments: readonly string[];
  readonly commands: readonly string[];
  readonly output: readonly string[];
}

/** Scenes are separated by empty lines: comments, commands, `----`, output. One without commands is a comment between two. */
export function scenesOf(text: string): readonly Scene[] {
  return text
    .trim()
    .split(/\n\n+/)
    .map((block) => {
      const lines = block.split('\n');
      const end = lines.indexOf('----');
      const script = end < 0 ? lines : lines.slice(0, end);
      return {
        comments: script.filter((line) => line.startsWith('#')),
        commands: script.filter((line) => !line.startsWith('#')),
        output: end < 0 ? [] : lines.slice(end + 1),
      };
    });
}

/** What the scenes of one transcript come to, one after the other, on one stage. */
export function play(scenes: readonly Scene[]): readonly Scene[] {
  const stage = new Stage();
  return scenes.map((scene) => {
    for (const command of scene.commands) perform(stage, command);
    return { ...scene, output: stage.takeLines() };
  });
}

export function formatScenes(scenes: readonly Scene[]): string {
  return `${scenes.map(formatScene).join('\n\n')}\n`;
}

function formatScene({ comments, commands, output }: Scene): string {
  const result = commands.length === 0 ? [] : ['----', ...output];
  return [...comments, ...commands, ...result].join('\n');
}
