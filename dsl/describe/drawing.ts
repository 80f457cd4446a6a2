import type { Described } from './model.js'

/** A topology as boxes and arrows: what Mermaid and DOT both draw. */
export interface Drawing {
  readonly groups: readonly { readonly label: string; readonly boxes: readonly Box[] }[]
  /** Topics; they lie between the groups. */
  readonly topics: readonly Box[]
  readonly arrows: readonly { readonly from: string; readonly to: string; readonly dotted: boolean }[]
}

export interface Box {
  readonly id: string
  readonly label: string
  readonly shape: 'step' | 'store' | 'topic'
}

/** Sources and sinks are drawn as their topics; what joins two sub-topologies is a topic that one writes and one reads. */
export function drawingOf({ subTopologies, repartitions }: Described): Drawing {
  const ids = new Map<string, string>()
  const id = (what: string, name: string): string => {
    const key = `${what} ${name}`
    const known = ids.get(key)
    if (known !== undefined) return known
    ids.set(key, `n${ids.size}`)
    return ids.get(key)!
  }
  const internal = new Set(repartitions.map(({ topic }) => topic))
  const topics = new Map<string, Box>()
  const topicId = (topic: string): string => {
    const box = {
      id: id('topic', topic),
      label: internal.has(topic) ? `${topic}\n(internal)` : topic,
      shape: 'topic',
    } as const
    topics.set(topic, box)
    return box.id
  }
  const arrows: { from: string; to: string; dotted: boolean }[] = []
  const groups = subTopologies.map(({ name, nodes }) => {
    const boxes = new Map<string, Box>()
    for (const node of nodes) {
      const at = id('node', node.name)
      boxes.set(at, { id: at, label: node.name, shape: 'step' })
      for (const child of node.children) arrows.push({ from: at, to: id('node', child), dotted: false })
      for (const store of node.stores) {
        const storeId = id('store', store)
        boxes.set(storeId, { id: storeId, label: store, shape: 'store' })
        arrows.push({ from: at, to: storeId, dotted: true })
      }
      const named = node.kind === 'sink' && node.topics.length === 0 ? ['topic of each record'] : node.topics
      for (const topic of named) {
        const [from, to] = node.kind === 'source' ? [topicId(topic), at] : [at, topicId(topic)]
        arrows.push({ from, to, dotted: false })
      }
    }
    return { label: name, boxes: [...boxes.values()] }
  })
  return { groups, topics: [...topics.values()], arrows }
}
