import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSeededRng } from '@portolan/kernel';
import { keptAgentId } from './agent-id.ts';

const rng = createSeededRng(1);

it('is the same after a restart, and another in another folder', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'portolan-agent-')), 'deep');
  const id = await keptAgentId(folder, rng);
  expect(id).toMatch(/^agent-[0-9a-f]{8}$/);
  expect(await keptAgentId(folder, rng)).toBe(id);
  expect(await keptAgentId(join(folder, 'other'), rng)).not.toBe(id);
  await writeFile(join(folder, 'agent.json'), '{}');
  await expect(keptAgentId(folder, rng)).rejects.toMatchObject({ code: 'AGENT_DATA_DIR' });
  await expect(keptAgentId(join(folder, 'agent.json'), rng)).rejects.toMatchObject({ code: 'AGENT_DATA_DIR' });
});
