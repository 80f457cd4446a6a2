import { json, long, string, topic, type Pipeline, type Topic } from '../../dsl/index.js'
import { SluiceError, type ErrorCode } from '../../src/errors.js'
import type { NodeSpec } from '../../src/topology/spec.js'

export interface Order {
  readonly id: string
  readonly customer: string
  readonly price: number
}

export const orders: Topic<string, Order> = topic('orders', { key: string, value: json<Order>() })
export const refunds: Topic<string, Order> = topic('refunds', { key: string, value: orders.value })
export const customers: Topic<string, { country: string }> = topic('customers', {
  key: string,
  value: json<{ country: string }>(),
})
export const counts: Topic<string, number> = topic('counts', { key: string, value: long })
export const out: Topic<string, unknown> = topic('out', { key: string, value: json<unknown>() })

/** The error that a call throws. */
export function errorOf(call: () => unknown): SluiceError {
  try {
    call()
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

export function codeOf(call: () => unknown): ErrorCode {
  return errorOf(call).code
}

export function nodeOf(pipeline: Pipeline, name: string): NodeSpec {
  const node = pipeline.lower().nodes.find(each => each.name === name)
  if (node === undefined) throw new Error(`no node "${name}" among ${namesOf(pipeline).join(', ')}`)
  return node
}

export function namesOf(pipeline: Pipeline): string[] {
  return pipeline.lower().nodes.map(({ name }) => name)
}

/** What decides where state lies. */
export function placesOf(pipeline: Pipeline): { stores: string[]; repartitions: string[] } {
  const { stores, repartitions } = pipeline.lower()
  return { stores: stores.map(({ name }) => name), repartitions: repartitions.map(({ topic: name }) => name) }
}
