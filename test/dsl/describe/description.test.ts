import { describe, expect, it } from 'vitest'
import { pipeline, type Description } from '../../../dsl/index.js'
import { counts, customers, orders, out, refunds } from '../pipelines.js'

function example(): Description {
  const p = pipeline('app').deadLetter('bad')
  const { big, rest } = p.stream(orders).split({ big: order => order.price > 100 })
  big
    .groupBy(order => order.customer)
    .count({ as: 'per-customer' })
    .toStream()
    .to(counts)
  rest.to(order => (order.price > 1 ? out : refunds))
  p.stream(/^shop-/, customers).forEach(() => undefined)
  return p.describe()
}

describe('a description', () => {
  it('is a text as of Kafka Streams', () => {
    expect(String(example())).toMatchInlineSnapshot(`
      "Topologies:
         Sub-topology: 0 (orders)
          Source: orders (topics: [orders])
            --> orders.stream
          Processor: orders.stream (stores: [])
            --> orders.split
            <-- orders
          Processor: orders.split (stores: [])
            --> orders-big.groupBy, orders-rest.to.choose
            <-- orders.stream
          Processor: orders-big.groupBy (stores: [])
            --> per-customer-repartition.sink
            <-- orders.split
          Sink: per-customer-repartition.sink (topic: app-per-customer-repartition)
            <-- orders-big.groupBy
          Processor: orders-rest.to.choose (stores: [])
            --> orders-rest.to
            <-- orders.split
          Sink: orders-rest.to (topic of each record)
            <-- orders-rest.to.choose

        Sub-topology: 1 (per-customer-repartition)
          Source: per-customer-repartition (topics: [app-per-customer-repartition])
            --> per-customer.count
          Processor: per-customer.count (stores: [per-customer])
            --> per-customer.toStream
            <-- per-customer-repartition
          Processor: per-customer.toStream (stores: [])
            --> per-customer.to
            <-- per-customer.count
          Sink: per-customer.to (topic: counts)
            <-- per-customer.toStream

        Sub-topology: 2 (shop)
          Source: shop (topics: /^shop-/)
            --> shop.stream
          Processor: shop.stream (stores: [])
            --> shop.forEach
            <-- shop
          Processor: shop.forEach (stores: [])
            --> none
            <-- shop.stream

      "
    `)
  })

  it('shows a pattern in Mermaid as it was written', () => {
    const p = pipeline('app')
    p.stream(/^(?<tenant>"\w+"|a&b#1;)-orders$/, customers).forEach(() => undefined)
    expect(p.describe().toMermaid()).toContain('["/^(?#60;tenant#62;#34;\\w+#34;|a#38;b#35;1;)-orders$/"]')
  })

  it('is a Mermaid flowchart', () => {
    expect(example().toMermaid()).toMatchInlineSnapshot(`
      "flowchart TD
        n2(["orders"])
        n7(["app-per-customer-repartition<br/>(internal)"])
        n9(["topic of each record"])
        n15(["counts"])
        n18(["/^shop-/"])
        subgraph s0["orders"]
          n0["orders"]
          n1["orders.stream"]
          n3["orders.split"]
          n4["orders-big.groupBy"]
          n6["per-customer-repartition.sink"]
          n5["orders-rest.to.choose"]
          n8["orders-rest.to"]
        end
        subgraph s1["per-customer-repartition"]
          n10["per-customer-repartition"]
          n11["per-customer.count"]
          n13[("per-customer")]
          n12["per-customer.toStream"]
          n14["per-customer.to"]
        end
        subgraph s2["shop"]
          n16["shop"]
          n17["shop.stream"]
          n19["shop.forEach"]
        end
        n0 --> n1
        n2 --> n0
        n1 --> n3
        n3 --> n4
        n3 --> n5
        n4 --> n6
        n6 --> n7
        n5 --> n8
        n8 --> n9
        n10 --> n11
        n7 --> n10
        n11 --> n12
        n11 -.- n13
        n12 --> n14
        n14 --> n15
        n16 --> n17
        n18 --> n16
        n17 --> n19
      "
    `)
  })

  it('is a Graphviz graph', () => {
    expect(example().toDot()).toMatchInlineSnapshot(`
      "digraph "app" {
        rankdir=TB
        n2 [label="orders", shape=oval]
        n7 [label="app-per-customer-repartition\\n(internal)", shape=oval]
        n9 [label="topic of each record", shape=oval]
        n15 [label="counts", shape=oval]
        n18 [label="/^shop-/", shape=oval]
        subgraph cluster_0 {
          label="orders"
          n0 [label="orders", shape=box]
          n1 [label="orders.stream", shape=box]
          n3 [label="orders.split", shape=box]
          n4 [label="orders-big.groupBy", shape=box]
          n6 [label="per-customer-repartition.sink", shape=box]
          n5 [label="orders-rest.to.choose", shape=box]
          n8 [label="orders-rest.to", shape=box]
        }
        subgraph cluster_1 {
          label="per-customer-repartition"
          n10 [label="per-customer-repartition", shape=box]
          n11 [label="per-customer.count", shape=box]
          n13 [label="per-customer", shape=cylinder]
          n12 [label="per-customer.toStream", shape=box]
          n14 [label="per-customer.to", shape=box]
        }
        subgraph cluster_2 {
          label="shop"
          n16 [label="shop", shape=box]
          n17 [label="shop.stream", shape=box]
          n19 [label="shop.forEach", shape=box]
        }
        n0 -> n1
        n2 -> n0
        n1 -> n3
        n3 -> n4
        n3 -> n5
        n4 -> n6
        n6 -> n7
        n5 -> n8
        n8 -> n9
        n10 -> n11
        n7 -> n10
        n11 -> n12
        n11 -> n13 [style=dotted, dir=none]
        n12 -> n14
        n14 -> n15
        n16 -> n17
        n18 -> n16
        n17 -> n19
      }
      "
    `)
  })

  it('is data', () => {
    const { application, stores, repartitions, subTopologies } = JSON.parse(JSON.stringify(example()))
    expect({ application, stores, repartitions }).toMatchInlineSnapshot(`
      {
        "application": "app",
        "repartitions": [
          {
            "name": "per-customer",
            "topic": "app-per-customer-repartition",
          },
        ],
        "stores": [
          {
            "cache": true,
            "changelog": "app-per-customer-changelog",
            "in": "disk",
            "name": "per-customer",
          },
        ],
      }
    `)
    expect(subTopologies[0].nodes[0]).toEqual({
      kind: 'source',
      name: 'orders',
      type: 'source',
      topics: ['orders'],
      stores: [],
      parents: [],
      children: ['orders.stream'],
      onFailure: 'dead-letter bad',
      line: expect.stringMatching(/^test\/dsl\/describe\/description\.test\.ts:\d+:\d+$/),
    })
  })
})
