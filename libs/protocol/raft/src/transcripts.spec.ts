import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatScenes, play, scenesOf } from './testing/transcript.ts';

/**
 * Each file is a story of a cluster, with its source: the paper, the thesis, an issue of another implementation, or a scenario of
 * etcd-io/raft, all of which are told here but `forget_leader*` (nobody forgets a leader on request), and the three ways to change
 * members there (v1, explicit, implicit), for which there is one here. `commands.ts` says what can be done.
 * `UPDATE_TRANSCRIPTS=1` writes what comes out; then the diff is to be read line by line.
 */
const folder = new URL('../testdata/', import.meta.url).pathname;
const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));

describe('transcripts', () => {
  it.each(files)('%s', (file) => {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    const played = formatScenes(play(scenesOf(text)));
    if (process.env.UPDATE_TRANSCRIPTS === '1') writeFileSync(path, played);
    else expect(played).toBe(text);
  });
});
