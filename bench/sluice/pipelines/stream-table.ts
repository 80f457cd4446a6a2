import { json, pipeline, string, topic, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'

/** The peer of bench/kafka-streams/StreamTable.java. */
export default function streamTable({ application, inputs, output, options }: Job): Pipeline {
  const orders = topic(inputs[0]!, { key: string, value: json<{ id: number; amount: number }>() })
  const customers = topic(inputs[1]!, { key: string, value: json<{ tier: string }>() })

  const shop = pipeline(application, options)
  shop
    .stream(orders)
    .join(shop.table(customers, { as: 'customers' }), ({ id, amount }, { tier }) => ({ id, amount, tier }))
    .to(topic(output, { key: string, value: json<{ id: number; amount: number; tier: string }>() }))
  return shop
}
