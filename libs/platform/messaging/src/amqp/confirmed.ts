import type { ConfirmChannel, Options } from 'amqplib';

export interface Message {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly options: Options.Publish;
}

/** Resolves when the broker has the message safely, rejects when it refused it or the channel closed first. */
export function confirmed(channel: ConfirmChannel, { exchange, routingKey, content, options }: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.publish(exchange, routingKey, content, { persistent: true, ...options }, (refusal: unknown) => {
      if (refusal === null || refusal === undefined) resolve();
      else reject(refusal instanceof Error ? refusal : new Error('the broker refused the message'));
    });
  });
}
