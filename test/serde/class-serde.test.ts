import { expect, it } from 'vitest'
import { pipeline, sessionStore, store, topic, tumbling, windowed, type Serde } from '../../dsl/index.js'
import { driven } from '../testing/driven.js'

/** Written as somebody from Java would: methods, and private fields that a detached one does not find. */
class Marked implements Serde<string> {
  readonly #mark: string

  constructor(mark: string) {
    this.#mark = mark
  }

  serialize(text: string): Uint8Array {
    return Buffer.from(this.#mark + text)
  }

  deserialize(bytes: Uint8Array): string {
    const text = Buffer.from(bytes).toString()
    if (!text.startsWith(this.#mark)) throw new Error('not marked')
    return text.slice(this.#mark.length)
  }
}

class Direct extends Marked {
  serializeInto(text: string, buffer: Buffer, offset: number): number {
    const bytes = this.serialize(text)
    const spare = buffer.length - offset - bytes.length
    if (spare >= 0) buffer.set(bytes, offset)
    return spare < 0 ? spare : bytes.length
  }

  deserializeFrom(buffer: Buffer, start: number, end: number): string {
    return this.deserialize(buffer.subarray(start, end))
  }
}

it.each([new Marked('m'), new Direct('d')])('a serde may be an instance of a class: %o', async serde => {
  const both = { key: serde, value: serde }
  const [left, right, out] = [topic('left', both), topic('right', both), topic('out', both)]
  const perWindow = topic('per-window', { key: windowed(serde), value: serde })
  const visits = sessionStore('visits', { ...both, retention: 100 })
  const kept = store('kept', both)
  const app = pipeline('classes', { value: serde })
  app.addStore(visits)
  app.addStore(kept)
  const rows = app.table(right, { as: 'rows' })
  const events = app.stream(left)
  events.join(app.stream(right), (a, b) => a + b, { within: 10, key: serde, as: 'near' }).to(out)
  rows
    .leftJoin(app.table(left), (a, b) => `${a}${b}`, { on: value => value, as: 'foreign', value: serde })
    .toStream()
    .to(out)
  events
    .dedupe({ within: 10 })
    .selectKey(value => value)
    .groupByKey({ key: serde })
    .windowedBy(tumbling(10))
    .reduce((_, b) => b)
    .toStream()
    .to(perWindow)
  events
    .process<string, string>(
      context =>
        (value, key, { timestamp }) => {
          context.store(visits).put({ key, start: timestamp, end: timestamp }, value)
          context.store(kept).put(key, context.store(visits).fetch(key, 0, timestamp)[0]![1])
          return context.forward(key, context.store(kept).get(key)!)
        },
      { stores: [visits, kept] },
    )
    .to(out)
  const driver = await driven(app, { restartEvery: 1, partitions: 2 })
  await driver.input(right).send('k', 'k', { timestamp: 1 })
  await driver.input(left).send('k', 'v', { timestamp: 2 })
  const told = driver
    .output(out)
    .read()
    .map(({ value }) => value)
  expect(told.toSorted()).toEqual(['knull', 'kv', 'v', 'vk'])
  expect(driver.output(perWindow).read()).toMatchObject([{ key: { key: 'v', start: 0, end: 10 }, value: 'v' }])
  expect(await driver.store({ name: 'rows' }).all()).toEqual([['k', 'k']])
})
