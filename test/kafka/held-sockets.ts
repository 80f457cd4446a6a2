import { connect, type Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'

/** A request that is held before it is sent, or whose answer is, as if the process fell asleep right there. */
export interface Held {
  /** Resolves when it has come so far. */
  readonly reached: Promise<void>
  release(): void
}

interface Wish {
  readonly apiKey: number
  readonly when: 'before' | 'after'
  readonly reach: () => void
  readonly released: Promise<void>
}

/** Sockets that hold chosen requests, and what comes behind them on the same connection. To be given as `socketFactory`. */
export class HeldSockets {
  readonly #wishes: Wish[] = []

  /** The next request with this API key. */
  hold(apiKey: number, when: Wish['when']): Held {
    let reach = (): void => {}
    let release = (): void => {}
    const reached = new Promise<void>(resolve => (reach = resolve))
    const released = new Promise<void>(resolve => (release = resolve))
    this.#wishes.push({ apiKey, when, reach, released })
    return { reached, release }
  }

  readonly factory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect)
    const answers = new Answers(socket)
    const write = socket.write.bind(socket)
    const requests = new Requests()
    let sending = Promise.resolve()
    let waiting = 0
    socket.write = (part: Buffer) => {
      const request = requests.beginningIn(part)
      const wish = request === undefined ? undefined : this.#take(request.apiKey)
      if (request !== undefined && wish?.when === 'after') answers.hold(request.correlation, wish)
      if (wish?.when !== 'before' && waiting === 0) return write(part)
      waiting++
      if (wish?.when === 'before') {
        wish.reach()
        sending = sending.then(() => wish.released)
      }
      sending = sending.then(() => {
        waiting--
        if (!socket.destroyed) write(part)
      })
      return true
    }
    return socket
  }

  #take(apiKey: number): Wish | undefined {
    const index = this.#wishes.findIndex(wish => wish.apiKey === apiKey)
    return index < 0 ? undefined : this.#wishes.splice(index, 1)[0]
  }
}

/** Where requests begin in what is written: an int32 for the size, then kind, version and number, in parts of any length. */
class Requests {
  #left = 0
  #isHead = false

  beginningIn(part: Buffer): { readonly apiKey: number; readonly correlation: number } | undefined {
    if (this.#left === 0 && part.length === 4) {
      this.#left = part.readInt32BE(0)
      this.#isHead = true
      return undefined
    }
    const at = this.#isHead ? 0 : 4
    const begins = this.#isHead || this.#left === 0
    this.#left = this.#left === 0 ? 4 + part.readInt32BE(0) - part.length : this.#left - part.length
    this.#isHead = false
    return begins ? { apiKey: part.readInt16BE(at), correlation: part.readInt32BE(at + 4) } : undefined
  }
}

/** What comes in, handed on unless an answer is to be held: then that and all behind it wait. */
class Answers {
  readonly #held = new Map<number, Wish>()
  #handing = Promise.resolve()
  #waiting = 0

  constructor(socket: Socket) {
    const emit = socket.emit.bind(socket) as (event: string, ...args: unknown[]) => boolean
    socket.emit = ((event: string, ...args: unknown[]) => {
      if (event !== 'data') return emit(event, ...args)
      const wish = this.#heldIn(args[0] as Buffer)
      if (wish === undefined && this.#waiting === 0) return emit(event, ...args)
      this.#waiting++
      if (wish !== undefined) {
        wish.reach()
        this.#handing = this.#handing.then(() => wish.released)
      }
      this.#handing = this.#handing.then(() => {
        this.#waiting--
        emit(event, ...args)
      })
      return true
    }) as Socket['emit']
  }

  hold(correlation: number, wish: Wish): void {
    this.#held.set(correlation, wish)
  }

  /** Small answers come in one piece, several perhaps in one. */
  #heldIn(data: Buffer): Wish | undefined {
    for (let at = 0; at + 8 <= data.length; at += 4 + data.readInt32BE(at)) {
      const wish = this.#held.get(data.readInt32BE(at + 4))
      if (wish !== undefined) return wish
    }
    return undefined
  }
}
