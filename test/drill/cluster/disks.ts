/**
 * The two disks of a broker of the drill, its log directories: a file system on a disk image, whose power
 * can be cut, and one in memory, which can be full.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { runOk } from '../../peers/process.ts'

const IMAGE_BYTES = 2 * 1024 ** 3
const MEMORY_BYTES = 2 * 1024 ** 3
const MIB = 1024 ** 2
const DETACHED_MS = 60_000

/**
 * EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: not even the journal is written any more. What had not
 * been synced is lost, as by a power cut, and what is tried from now on fails. Node has no ioctl.
 */
const cutPowerProgram = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))
`

export class Disks implements AsyncDisposable {
  readonly #image: string
  readonly #onImage: string
  readonly #inMemory: string
  readonly #mounted = new Set<string>()

  private constructor(folder: string) {
    this.#image = join(folder, 'disk.img')
    this.#onImage = join(folder, 'disk')
    this.#inMemory = join(folder, 'memory')
  }

  /** @throws where this user, or this kernel, may not mount */
  static async open(folder: string): Promise<Disks> {
    const disks = new Disks(folder)
    for (const path of [disks.#onImage, disks.#inMemory]) mkdirSync(path, { recursive: true })
    const file = openSync(disks.#image, 'w')
    ftruncateSync(file, IMAGE_BYTES)
    closeSync(file)
    try {
      await runOk('mkfs.ext4', ['-q', disks.#image])
      await disks.#mountImage()
      await runOk('mount', ['-t', 'tmpfs', '-o', `size=${MEMORY_BYTES}`, 'none', disks.#inMemory])
      disks.#mounted.add(disks.#inMemory)
      return disks
    } catch (error) {
      await disks[Symbol.asyncDispose]()
      throw error
    }
  }

  get logDirs(): readonly string[] {
    return [this.#onImage, this.#inMemory].map(mount => join(mount, 'logs'))
  }

  /** What is not on the disk at this moment is lost. Nothing may use it any more before `powerOn`. */
  async cutPower(): Promise<void> {
    await runOk('python3', ['-c', cutPowerProgram, this.#onImage])
  }

  /** Replays the journal, as at the start of a machine. */
  async powerOn(): Promise<void> {
    await this.#unmount(this.#onImage)
    await this.#untilDetached()
    await this.#mountImage()
  }

  /** The system lets go of what was mounted some time after its `umount`, and would mount the same anew. */
  async #untilDetached(): Promise<void> {
    const deadlineMs = Date.now() + DETACHED_MS
    while ((await runOk('losetup', ['-j', this.#image])).stdout.trim() !== '') {
      if (Date.now() > deadlineMs) throw new Error(`${this.#image} stays attached`)
      await wait(20)
    }
  }

  /** Leaves so little room that it is full at once. */
  async fill(): Promise<void> {
    const { blocks, bfree, bsize } = statfsSync(this.#inMemory)
    const usedBytes = (blocks - bfree) * bsize
    await this.#resize(usedBytes + MIB / 4)
  }

  async makeRoom(): Promise<void> {
    await this.#resize(MEMORY_BYTES)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of [...this.#mounted]) await this.#unmount(path)
  }

  async #resize(bytes: number): Promise<void> {
    await runOk('mount', ['-o', `remount,size=${bytes}`, this.#inMemory])
  }

  async #mountImage(): Promise<void> {
    // Barriers make the real disk beneath sync too, which no cut of this power can take away.
    await runOk('mount', ['-o', 'loop,nobarrier', this.#image, this.#onImage])
    this.#mounted.add(this.#onImage)
  }

  async #unmount(path: string): Promise<void> {
    await runOk('umount', [path])
    this.#mounted.delete(path)
  }
}
