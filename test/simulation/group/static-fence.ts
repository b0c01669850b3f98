/** A static member that was replaced by another process must not be served any more (KIP-345). */
import { strict as assert } from 'node:assert'
import { ErrorCode } from '../../../src/protocol/index.ts'

export interface Identity {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

export class StaticFence {
  /** Who was admitted last, by instance id. What was not stored is forgotten with the coordinator. */
  readonly #admitted = new Map<string, string>()

  admit(memberId: string, groupInstanceId: string | null): void {
    if (groupInstanceId !== null) this.#admitted.set(groupInstanceId, memberId)
  }

  forget(): void {
    this.#admitted.clear()
  }

  /** To be called when a request is asked; what it returns, with the answer. */
  watch(what: string, { memberId, groupInstanceId }: Identity): (errorCode: ErrorCode) => void {
    const admitted = groupInstanceId === null ? undefined : this.#admitted.get(groupInstanceId)
    if (admitted === undefined || admitted === memberId) return () => undefined
    return errorCode => {
      assert.notEqual(errorCode, ErrorCode.NONE, `${what} of ${memberId}, replaced by ${admitted}`)
    }
  }
}
