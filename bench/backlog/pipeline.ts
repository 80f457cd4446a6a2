import { json, pipeline, string, topic, type Pipeline } from 'sluice'

/** `at`: when it was written, in milliseconds of the writer's `performance.timeOrigin + performance.now()`. */
export interface Order {
  readonly at: number
  readonly customer: number
}

export const urgent = topic('urgent-orders', { key: string, value: json<Order>() })
export const bulk = topic('bulk-orders', { key: string, value: json<Order>() })
export const served = topic('served-orders', { key: string, value: json<Order>() })
export const stored = topic('stored-orders', { key: string, value: json<Order>() })

/** Both kinds of orders through the same operators, in the same tasks. */
const orders: Pipeline = pipeline('backlog', { module: import.meta.url })

const kinds = orders
  .stream(bulk)
  .merge(orders.stream(urgent, { priority: 1 }))
  .map(({ at, customer }, _, { topic: from }) => ({ at, customer, from }))
  .split({ urgent: ({ from }) => from === urgent.name })

kinds.urgent.to(served)
kinds.rest.to(stored)

export default orders
