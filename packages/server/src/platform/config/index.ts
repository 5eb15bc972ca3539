export { ConfigError } from './config-error.ts'
export {
  loadConfig,
  type Config,
  type Environment,
  type LogLevel,
  type Role,
} from './load-config.ts'
