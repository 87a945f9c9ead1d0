import { z } from 'zod';
import { LOG_LEVELS, UnknownModuleError } from './logs.ts';
import type { OpsAnswer, OpsRoute } from './ops-route.ts';
import type { Telemetry } from './telemetry.ts';

const levelChange = z.strictObject({ module: z.string().default('*'), level: z.enum(LOG_LEVELS) });

/** Shows and changes the log level of each module while the process runs. */
export function logLevelRoutes(telemetry: Telemetry): readonly OpsRoute[] {
  const show = (): OpsAnswer => ({ status: 200, body: telemetry.levels() });
  return [
    { method: 'GET', path: '/log-level', summary: 'the log level of each module', handle: async () => show() },
    {
      method: 'PUT',
      path: '/log-level',
      summary: 'change one: {"module":"rpc","level":"debug"}; module * is all',
      handle: async (body) => {
        const change = levelChange.safeParse(body);
        if (!change.success) {
          return refused(400, 'TELEMETRY_MALFORMED_LEVEL', z.prettifyError(change.error), LEVEL_FIX);
        }
        try {
          telemetry.setLevel(change.data.module, change.data.level);
        } catch (error) {
          if (error instanceof UnknownModuleError) return refused(404, error.code, error.message, error.fix);
          throw error;
        }
        return show();
      },
    },
  ];
}

const LEVEL_FIX = `send {"module":"<name or *>","level":"<${LOG_LEVELS.join('|')}>"}`;

function refused(status: number, code: string, message: string, fix: string): OpsAnswer {
  return { status, body: { code, message, fix } };
}
