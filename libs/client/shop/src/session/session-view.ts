import { z } from 'zod';
import { timeView } from '../views/time.ts';

export const sessionView = z
  .strictObject({
    user: z.string(),
    token: z
      .string()
      .describe('For `Authorization: Bearer`; a browser has the same in its cookie and need not keep it.'),
    expiresAt: timeView,
  })
  .meta({ id: 'Session' });
export type SessionView = z.infer<typeof sessionView>;
