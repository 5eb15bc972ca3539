export { ConfigError } from './config-error.ts'
export { loadConfig, type Config, type Environment, type LogLevel } from './load-config.ts'
