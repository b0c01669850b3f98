/** What goes between the event loop and a thread. */

export interface ToThread {
  readonly moduleUrl: string
  readonly order: unknown
  /** One int32, set to 1 when the task is to end. */
  readonly cancelled: SharedArrayBuffer
}

export type FromThread =
  | { readonly type: 'news'; readonly news: unknown }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'failure'; readonly failure: TaskFailure }

/** An error as it can be copied: classes do not survive the way. */
export type TaskFailure =
  | {
      readonly kind: 'storage'
      readonly operation: string
      readonly path: string
      readonly code: string
    }
  | { readonly kind: 'cancelled'; readonly message: string }
  | {
      readonly kind: 'other'
      readonly name: string
      readonly message: string
      readonly stack?: string | undefined
    }
