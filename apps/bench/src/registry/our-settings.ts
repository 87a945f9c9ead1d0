import { z } from 'zod';

/** What a process of ours is started with: one argument, in JSON. */
export const ourSettingsSchema = z.object({
  folder: z.string(),
  name: z.string(),
  /** Absent: alone, and nobody can join it. */
  peer: z.object({ port: z.int(), peers: z.array(z.string()) }).optional(),
  /** `never`: only of a folder that has a member already. */
  snapshots: z.enum(['as usual', 'never']),
});
export type OurSettings = z.infer<typeof ourSettingsSchema>;

/** Delays of its event loop since they were last asked for; what its timer takes itself is left out. */
export const stallSchema = z.object({ p999Ms: z.number(), longestMs: z.number() });
export type Stall = z.infer<typeof stallSchema>;
