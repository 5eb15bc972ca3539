/** A setting that the service cannot start with. The message names the variable, its value and a way out. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
