import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rng } from '@portolan/kernel';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { AgentIdError } from './errors.ts';

const kept = z.strictObject({ formatVersion: z.literal(1), id: z.string().regex(/^[\w.-]{1,128}$/) });

/**
 * Who this agent is: the same after a restart, so that the registry lets it speak for its host again at once.
 * @param folder absolute; made when it is not there
 * @throws AgentIdError
 */
export async function keptAgentId(folder: string, rng: Rng): Promise<string> {
  const path = join(folder, 'agent.json');
  try {
    await mkdir(folder, { recursive: true });
    const text = await readIfThere(path);
    if (text !== undefined) return kept.parse(JSON.parse(text)).id;
    const digits = rng
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
    const id = `agent-${digits}`;
    await writeFileAtomic(path, `${JSON.stringify({ formatVersion: 1, id })}\n`);
    return id;
  } catch (error) {
    const damaged = error instanceof SyntaxError || error instanceof z.ZodError;
    const what = damaged ? 'agent.json in it is not one of this version' : String(error);
    throw new AgentIdError(`cannot use the data folder ${folder}: ${what}`, {
      fix: 'choose a --data-dir that this user may write; if agent.json in it is damaged, delete that file',
      context: { folder },
      cause: error,
    });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
