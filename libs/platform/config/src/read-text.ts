import type { Setting } from './definition.ts';

/** What a flag or variable said, as a value that the setting's schema can judge. Text that fits no type stays text. */
export function readText(setting: Setting, text: string): unknown {
  switch (setting.type) {
    case 'string':
      return text;
    case 'integer':
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'boolean':
      return BOOLEANS.get(text.toLowerCase()) ?? text;
    case 'list':
      return text.trimStart().startsWith('[') ? readJson(text) : text.split(',').map((item) => item.trim());
    case 'object':
      return readJson(text);
    default:
      return setting.type satisfies never;
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
]);

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text; // the schema refuses it, and the message shows it
    throw error;
  }
}
