/** What an argument is read as: Java's numbers, words, choices. */
import { parseJavaDouble, parseJavaInteger } from '../../config/index.ts'

/** `undefined` from `convert` means that the text is none. */
export interface ValueType<T> {
  /** As usage texts name it: String, Integer, Long. */
  readonly javaName: string
  readonly convert: (text: string) => T | undefined
  /** Numbers may begin with a minus where options may as well. */
  readonly isNumber: boolean
}

export const stringType: ValueType<string> = {
  javaName: 'String',
  convert: text => text,
  isNumber: false,
}

export const integerType: ValueType<number> = {
  javaName: 'Integer',
  convert: text => asNumber(parseJavaInteger(text, 'INT')),
  isNumber: true,
}

export const shortType: ValueType<number> = {
  javaName: 'Short',
  convert: text => asNumber(parseJavaInteger(text, 'SHORT')),
  isNumber: true,
}

/** Reads as the nearest number: exact to 2^53. */
export const longType: ValueType<number> = {
  javaName: 'Long',
  convert: text => asNumber(parseJavaInteger(text, 'LONG')),
  isNumber: true,
}

export const doubleType: ValueType<number> = {
  javaName: 'Double',
  convert: text => parseJavaDouble(text.trim()),
  isNumber: true,
}

/** Boolean.valueOf: everything but `true` is false. */
export const booleanType: ValueType<boolean> = {
  javaName: 'Boolean',
  convert: text => text.toLowerCase() === 'true',
  isNumber: false,
}

const asNumber = (integer: bigint | undefined) =>
  integer === undefined ? undefined : Number(integer)
