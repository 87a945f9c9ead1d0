import type { Logger } from '@portolan/telemetry';
import type { ExchangeRecord } from './data/exchange-record.ts';

/** One line a request. The trace id is on it, as on every line inside a trace. */
export function accessLog(logger: Logger): (record: ExchangeRecord) => void {
  return (record) => {
    const { method, host, path, status } = record;
    const message = `${method} ${host}${path} ${status ?? 'client left'}`;
    if (status !== undefined && status >= 500) logger.warn({ event: 'access', ...record }, message);
    else logger.info({ event: 'access', ...record }, message);
  };
}
