/** A secret that prints as `[hidden]` wherever it is printed by accident. */
export class Password {
  static readonly HIDDEN = '[hidden]'
  readonly #secret: string

  constructor(secret: string) {
    this.#secret = secret
  }

  /** The secret itself, for whoever really needs it. */
  reveal(): string {
    return this.#secret
  }

  toString(): string {
    return Password.HIDDEN
  }

  toJSON(): string {
    return Password.HIDDEN
  }

  /** What `console.log` and util.inspect show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return Password.HIDDEN
  }
}
