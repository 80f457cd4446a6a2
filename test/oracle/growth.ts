import { pick } from './choices.js'
import { both, fits, type Open } from './open.js'
import type { OracleNode } from './question.js'
import { sources, topicsOf } from './sources.js'
import { endless } from './window-choices.js'

/** One operator of a case, as numbers that mean something only in their place: so a case shrinks to a smaller one. */
export interface Draw {
  readonly op: number
  readonly of: number
  readonly with: number
  readonly x: number
  readonly y: number
  readonly w: number
}

export interface NewNode {
  readonly op: string
  readonly [field: string]: unknown
}

/** What a topology may hold, by the way it is run. */
export interface Bounds {
  /** For several partitions: nothing depends on stream time, which each partition has for itself. */
  readonly spread: boolean
  /** It never restarts, so that it may have timers, which begin anew. */
  readonly whole: boolean
}

export const streaming: Partial<Open> = {
  kind: 'stream',
  idle: false,
  windows: undefined,
  over: undefined,
  versioned: false,
  computed: false,
}
export const aTable: Partial<Open> = {
  kind: 'table',
  rekeyed: false,
  idle: false,
  talkative: false,
  versioned: false,
  computed: false,
}

/** A topology that grows: its nodes, and those that later ones may follow. */
export abstract class Growth implements Bounds {
  readonly spread: boolean
  readonly whole: boolean
  protected readonly open: Open[]
  protected readonly sources: readonly OracleNode[]
  protected readonly nodes: OracleNode[] = []
  protected readonly followed = new Set<string>()
  protected count = 0

  constructor({ spread, whole }: Bounds) {
    this.spread = spread
    this.whole = whole
    this.sources = sources.map(node => (spread && node['history'] !== undefined ? { ...node, history: endless } : node))
    this.open = sources
      .filter(({ op }) => op !== 'globalTable')
      .map(node => ({
        id: node.id,
        kind: node.op as Open['kind'],
        topics: new Set(topicsOf(node)),
        repartitioned: false,
        rekeyed: node['pattern'] !== undefined,
        otherFormer: false,
        idle: false,
        talkative: false,
        versioned: node['history'] !== undefined,
      }))
  }

  /** Everything that nothing follows is written to a topic of its own. */
  finish(): OracleNode[] {
    const used = this.sources.filter(({ id }) => this.followed.has(id))
    const ends = this.open.filter(({ id }) => !this.followed.has(id) && !sources.some(source => source.id === id))
    const sinks = ends.map(({ id }, i): OracleNode => ({ id: `to${i}`, op: 'to', of: id, topic: `out${i}` }))
    return [...used, ...this.nodes, ...sinks]
  }

  /** Over several partitions, what has parted and met again by way of two topics has no order that anyone promises. */
  protected mustStay(of: Open): boolean {
    return this.spread && of.repartitioned
  }

  protected repartition(of: Open): Open {
    return this.follow(of, { op: 'repartition', as: this.name() }, { repartitioned: true, rekeyed: false })
  }

  protected merge(d: Draw, of: Open): void {
    const other = this.partner(d, of, 'stream')
    if (other === undefined || other === of) return
    let merged = { ...both(of, other), rekeyed: of.rekeyed || other.rekeyed }
    const more = this.partner({ ...d, with: d.w }, { ...of, ...merged }, 'stream')
    const others = [other]
    if (d.y % 2 === 1 && more !== undefined && !others.includes(more) && more !== of && fits(of, more)) {
      others.push(more)
      merged = { ...both({ ...of, ...merged }, more), rekeyed: merged.rekeyed || more.rekeyed }
    }
    for (const { id } of others) this.followed.add(id)
    const [first, second] = others.map(({ id }) => id)
    this.follow(of, { op: 'merge', with: first!, ...(second === undefined ? {} : { more: [second] }) }, merged)
  }

  protected join(of: Open, other: Open, node: Readonly<Record<string, unknown>>, change: Partial<Open> = {}): void {
    this.followed.add(other.id)
    this.follow(of, { ...node, op: 'join', with: other.id }, { ...both(of, other), ...change })
  }

  /** Rows by key and window meet rows by the same windows. */
  protected partner(d: Draw, of: Open, kind: Open['kind']): Open | undefined {
    const fitting = this.open.filter(node => node.kind === kind && node.over === of.over && fits(of, node))
    return fitting.length === 0 ? undefined : pick(fitting, d.with)
  }

  protected follow(of: Open, node: NewNode, change: Partial<Open> = {}, id: string = of.id): Open {
    const open = this.hidden(of, node, change, id)
    this.open.push(open)
    return open
  }

  /** A node that only the one added next may follow. */
  protected hidden(of: Open, node: NewNode, change: Partial<Open>, parent: string = of.id): Open {
    const id = `n${this.count++}`
    this.nodes.push({ id, of: parent, ...node })
    this.followed.add(parent)
    return { ...of, ...change, id }
  }

  protected name(): string {
    return `s${this.count}`
  }
}
