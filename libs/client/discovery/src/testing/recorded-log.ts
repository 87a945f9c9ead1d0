import { createTelemetry, type Logger } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';

/** A log that a test can read. */
export interface RecordedLog {
  readonly logger: Logger;
  /** Messages of one level, `warn` say. */
  at(level: string): readonly string[];
}

export function recordedLog(): RecordedLog {
  const lines: { level: string; msg: string }[] = [];
  const telemetry = createTelemetry({
    app: 'test',
    logLevel: 'debug',
    logFormat: 'json',
    clock: new VirtualClock(),
    destination: {
      write: (line) => {
        const { level = '', msg = '' } = Object.fromEntries(
          Object.entries(JSON.parse(line) as object).map(([key, value]) => [key, String(value)]),
        );
        lines.push({ level, msg });
      },
    },
  });
  return {
    logger: telemetry.logger('discovery'),
    at: (level) => lines.filter((line) => line.level === level).map(({ msg }) => msg),
  };
}
