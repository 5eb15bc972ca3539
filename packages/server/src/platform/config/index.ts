export { ConfigError } from './config-error.ts'
export { makeDataFolder } from './make-data-folder.ts'
export { loadConfig, type Config, type Environment, type LogLevel } from './load-config.ts'
