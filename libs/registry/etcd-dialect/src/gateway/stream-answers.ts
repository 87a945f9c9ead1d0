import { iterate, release } from '@portolan/rpc/serving';
import type { Logger } from '@portolan/telemetry';
import { brokenText, failureOfCall, type GatewayFailure } from './gateway-failure.ts';
import { toJson } from './json-message.ts';
import type { Route } from './routes.ts';

/** Where a stream of answers goes. */
interface StreamSink {
  begin(): void;
  /** Resolves when it was taken. */
  send(text: string): Promise<void>;
  /** Instead of beginning. */
  refuse(failure: GatewayFailure): void;
  end(): void;
}

/** Sends each answer as a line, no faster than they are taken. Never rejects. */
export async function answerStream(answers: unknown, route: Route, logger: Logger, sink: StreamSink): Promise<void> {
  let isBegun = false;
  const iterator = iterate(answers, route.method);
  try {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      if (!isBegun) sink.begin();
      isBegun = true;
      await sink.send(`${JSON.stringify({ result: toJson(route.response, next.value) })}\n`);
    }
    if (!isBegun) sink.begin();
    sink.end();
  } catch (error) {
    release(iterator);
    const failure = failureOfCall(error, route.method, logger);
    if (!isBegun) {
      sink.refuse(failure);
      return;
    }
    await sink.send(`${brokenText(failure)}\n`);
    sink.end();
  }
}
