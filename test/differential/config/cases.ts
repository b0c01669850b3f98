/** Values that a property could be given: good ones, its limits, and what is easily got wrong. */
import type { Properties, Property, PropertyType } from '../../../src/config/property.ts'

const byType: Readonly<Record<PropertyType, readonly string[]>> = {
  BOOLEAN: ['true', ' FALSE ', 'yes', '1', ''],
  STRING: ['', ' x ', 'none', 'a,b'],
  INT: ['0', '1', '-1', '-2', ' 7 ', '+5', '2147483647', '2147483648', '1.0', '0x10', 'abc', ''],
  SHORT: ['0', '1', '-1', '7', '32767', '32768', 'x', '901'],
  LONG: ['0', '1', '-1', '-2', '-3', ' 7', '9223372036854775807', '9223372036854775808', '1e3'],
  DOUBLE: ['0', '1', '0.5', '.25', '1e10', '1.5E-5', '-1', '2', 'NaN', 'abc', '', '1d', '9999999'],
  LIST: ['', 'a', ' delete , compact ', 'compact,compact', 'a,,b', ',', '*', '1:2,3:4', 'classic'],
  CLASS: [],
  PASSWORD: ['', ' secret '],
}

/** Words that mean something to one property or another. */
const words = ['gzip', 'GZIP', 'producer', 'CreateTime', '3.1', '3.1-IV0', '0.10.2.1', '2.1.0']

export function valuesFor(name: string, property: Property<never>): readonly string[] {
  const isWord = property.type === 'STRING' && property.validator !== undefined
  const protocols = name.includes('protocol') ? ['ssl', 'PLAINTEXT', 'SASL_SSL'] : []
  return [...byType[property.type], ...(isWord ? words : []), ...protocols]
}

/** One request for each value of each property. */
export function eachValue(
  properties: Properties,
  isLeftOut: (name: string, property: Property<never>) => boolean,
): readonly (readonly [name: string, value: string])[] {
  return Object.entries(properties)
    .filter(([name, property]) => !isLeftOut(name, property))
    .flatMap(([name, property]) => valuesFor(name, property).map(value => [name, value] as const))
}
