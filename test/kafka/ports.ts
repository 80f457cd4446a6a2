import { createServer } from 'node:net'

/**
 * Below the ports that systems give to connections (from 32768 on Linux, from 49152 elsewhere): a broker binds its port two
 * seconds after it was found free, and again after each restart, and a connection of another test would have it by then.
 */
const first = 10_000
const last = 32_000
let next = 0

/** Free ports, of which no two are equal; each process looks in a stretch of its own, so that those that start at once do not meet. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = []
  for (let tries = 0; found.length < count; tries++) {
    if (tries > last - first) throw new Error(`no free port between ${first} and ${last}`)
    const port = first + ((process.pid * 64 + next++) % (last - first))
    if (await isFree(port)) found.push(port)
  }
  return found
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const listens = await new Promise<boolean>(resolve => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
  })
  if (listens) await new Promise(resolve => server.close(resolve))
  return listens
}
