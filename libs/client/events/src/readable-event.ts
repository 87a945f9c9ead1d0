import { keyToText, type KeyValue } from '@portolan/kv';
import { decodeEvent, MalformedEventError, type EventRecord, type MessagingLogger } from '@portolan/messaging';

/** What lies in the log of events; undefined, and said so, when somebody else put it there: it must not stop who reads on. */
export function readableEvent(
  { key, value }: Pick<KeyValue, 'key' | 'value'>,
  logger: Pick<MessagingLogger, 'error'>,
): EventRecord | undefined {
  try {
    return decodeEvent(value);
  } catch (error) {
    if (!(error instanceof MalformedEventError)) throw error;
    logger.error({ key: keyToText(key), err: error }, 'what lies among the events is none; passed over');
    return undefined;
  }
}
