export { ConfigError, type ConfigProblem } from './config-error.ts';
export { defineConfig, type ConfigDefinition, type ConfigOf } from './definition.ts';
export { helpText, markdownTable } from './help.ts';
export { loadConfig, type ConfigSources, type EffectiveSetting, type Loaded } from './load-config.ts';
export { loadConfigOrExit, type ConfigProcess } from './load-config-or-exit.ts';
export { nearest } from './nearest.ts';
export {
  advertisedAddress,
  amqpSettings,
  bindSettings,
  dataSettings,
  drainSettings,
  logSettings,
  opsSettings,
  redisSettings,
  registrySettings,
  secret,
  grpcSettings,
  tlsSettings,
  UnroutableAddressError,
} from './settings.ts';
