import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { killedAtEnd } from './at-end.js'
import { java } from './java.js'
import type { InputRecord } from './workload.js'

const headerBytes = 16

/**
 * Writes records to a Kafka topic with Kafka's own producer (bench/kafka-streams/Produce.java).
 * @returns how many
 */
export async function produceWithJava(
  brokers: readonly string[],
  topic: string,
  records: Iterable<InputRecord>,
): Promise<number> {
  const { command, args } = await java('Produce', [brokers.join(','), topic])
  const child = killedAtEnd(spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'] }))
  const exited = once(child, 'exit')
  let chunk = Buffer.allocUnsafe(1 << 18)
  let end = 0
  let count = 0
  const send = async (): Promise<void> => {
    if (!child.stdin.write(chunk.subarray(0, end))) await Promise.race([once(child.stdin, 'drain'), exited])
    chunk = Buffer.allocUnsafe(1 << 18)
    end = 0
  }
  for (const { key, value, timestamp } of records) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    count++
    if (end + headerBytes + (key?.length ?? 0) * 3 + bytes.length > chunk.length) await send()
    end = chunk.writeBigInt64BE(BigInt(timestamp), end)
    if (key === null) {
      end = chunk.writeInt32BE(-1, end)
    } else {
      const keyLength = chunk.write(key, end + 4)
      end = chunk.writeInt32BE(keyLength, end) + keyLength
    }
    end = chunk.writeInt32BE(bytes.length, end)
    end += bytes.copy(chunk, end)
    if (child.exitCode !== null) break
  }
  await send()
  child.stdin.end()
  const [code] = await exited
  if (code !== 0) throw new Error(`writing ${topic} failed: Produce ended with ${code}`)
  return count
}
