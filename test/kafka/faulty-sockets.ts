import { connect, type Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'

/** When the connection is cut: the request never arrives, or it is carried out and its answer is lost. */
export type Cut = 'before' | 'after'

/** Sockets that fail on command, at one request of a kind. To be given as `socketFactory`. */
export class FaultySockets {
  /** How many connections were cut. */
  cuts = 0
  readonly #armed = new Map<number, Cut[]>()

  /** The next request with this API key is cut; several calls cut several. */
  arm(apiKey: number, cut: Cut): void {
    this.#armed.set(apiKey, [...(this.#armed.get(apiKey) ?? []), cut])
  }

  /** From now on every such request arrives. */
  disarm(apiKey: number): void {
    this.#armed.delete(apiKey)
  }

  readonly factory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect)
    const write = socket.write.bind(socket)
    let sizeOnly = false
    socket.write = (chunk: Buffer) => {
      const cut = this.#take(sizeOnly ? chunk.readInt16BE(0) : chunk.length >= 6 ? chunk.readInt16BE(4) : -1)
      sizeOnly = chunk.length === 4
      if (cut === 'before') {
        socket.destroy(new Error('cut before the request'))
        return false
      }
      if (cut === 'after') this.#loseAnswer(socket)
      return write(chunk)
    }
    return socket
  }

  #take(apiKey: number): Cut | undefined {
    const cut = this.#armed.get(apiKey)?.shift()
    if (cut !== undefined) this.cuts++
    return cut
  }

  #loseAnswer(socket: Socket): void {
    const emit = socket.emit.bind(socket) as (event: string, ...args: unknown[]) => boolean
    socket.emit = ((event: string, ...args: unknown[]) => {
      if (event !== 'data') return emit(event, ...args)
      socket.destroy(new Error('cut after the request'))
      return true
    }) as Socket['emit']
  }
}
