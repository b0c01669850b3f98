/**
 * Wrong configuration. The message is Kafka's own sentence (`Invalid value abc for configuration
 * segment.bytes: Not a number of type INT`), because tools print it and people search for it;
 * what to do about it stands apart, in `remedy`. A secret never gets into either (P15).
 */
export interface ConfigErrorDetails {
  /** Name of the property, as it stands in the file. */
  readonly property?: string | undefined
  /** What was given; absent for secrets. */
  readonly value?: string | undefined
  /** One sentence that says what to do. */
  readonly remedy?: string | undefined
  readonly cause?: unknown
}

export class ConfigError extends Error {
  override readonly name: string = 'ConfigError'
  readonly code = 'CONFIG_ERROR'
  readonly property: string | undefined
  readonly value: string | undefined
  readonly remedy: string | undefined

  constructor(message: string, details: ConfigErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.property = details.property
    this.value = details.value
    this.remedy = details.remedy
  }

  /** The one sentence a server prints before it gives up: what is wrong, then what to do. */
  get sentence(): string {
    if (this.remedy === undefined) return this.message
    return `${this.message}${/[.!?]$/.test(this.message) ? '' : '.'} ${this.remedy}`
  }
}

/**
 * A wish that makes no sense whatever its value: an unknown name, an operation that does not fit,
 * values that contradict each other. Clients get its message alone, where other messages are put
 * behind the name of the resource (Kafka's InvalidConfigurationException beside ConfigException).
 */
export class InvalidConfigurationError extends ConfigError {}

/** Kafka's wording for a value that a property cannot have. `null` is how Java prints no value. */
export function invalidValue(property: string, value: string, reason: string): ConfigError {
  return new ConfigError(`Invalid value ${value} for configuration ${property}: ${reason}`, {
    property,
    value,
  })
}
