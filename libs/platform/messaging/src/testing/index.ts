export { Collector, describeMessaging, eventOf, type MessagingUnderTest } from './describe-messaging.ts';
export { missingRabbitMq, RabbitMqServer } from './rabbitmq-server.ts';
