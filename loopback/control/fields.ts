/** A request has invalid fields; the message names them. */
export class BadRequest extends Error {
  override name = 'BadRequest'
}

/** Reads the members of an untrusted JSON object with their expected types. */
export class Fields {
  readonly #values: Record<string, unknown>

  /** @throws BadRequest when it is not an object */
  constructor(value: unknown) {
    if (!isObject(value)) throw new BadRequest('the body must be a JSON object')
    this.#values = value
  }

  text(name: string): string {
    const value = this.optionalText(name)
    if (value === undefined) throw new BadRequest(`${name} is missing`)
    return value
  }

  optionalText(name: string): string | undefined {
    const value = this.#values[name]
    if (value === undefined) return undefined
    if (typeof value !== 'string' || value === '') throw new BadRequest(`${name} must be a text`)
    return value
  }

  number(name: string): number {
    const value = this.optionalNumber(name)
    if (value === undefined) throw new BadRequest(`${name} is missing`)
    return value
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#values[name]
    if (value === undefined) return undefined
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new BadRequest(`${name} must be a number`)
    return value
  }

  /** False when absent. */
  flag(name: string): boolean {
    const value = this.#values[name] ?? false
    if (typeof value !== 'boolean') throw new BadRequest(`${name} must be true or false`)
    return value
  }

  optionalFlag(name: string): boolean | undefined {
    return this.#values[name] === undefined ? undefined : this.flag(name)
  }

  /** Empty when absent. */
  optionalTexts(name: string): string[] {
    return this.#values[name] === undefined ? [] : this.texts(name)
  }

  texts(name: string): string[] {
    const value = this.#values[name]
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
      throw new BadRequest(`${name} must be a list of texts`)
    }
    return value
  }

  /** Empty when absent. */
  list(name: string): Fields[] {
    const value = this.#values[name] ?? []
    if (!Array.isArray(value)) throw new BadRequest(`${name} must be a list`)
    return value.map((item) => new Fields(item))
  }

  /** Any object; undefined when absent. */
  object(name: string): Record<string, unknown> | undefined {
    const value = this.#values[name]
    if (value === undefined) return undefined
    if (!isObject(value)) throw new BadRequest(`${name} must be an object`)
    return value
  }

  /** One of these texts; the first when absent. */
  choice<T extends string>(name: string, choices: readonly [T, ...T[]]): T {
    const value = this.#values[name] ?? choices[0]
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw new BadRequest(`${name} must be one of ${choices.join(', ')}`)
    return found
  }

  /** The text or the object under this name. */
  textOrObject(name: string): string | Record<string, unknown> {
    return typeof this.#values[name] === 'string' ? this.text(name) : (this.object(name) ?? this.text(name))
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
