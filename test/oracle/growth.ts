import { pick } from './choices.js'
import { both, fits, type Open } from './open.js'
import type { OracleNode } from './question.js'
import { sources, topicsOf } from './sources.js'

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

export const streaming: Partial<Open> = { kind: 'stream', idle: false, windows: undefined }
export const aTable: Partial<Open> = { kind: 'table', rekeyed: false, idle: false, talkative: false }

/** A topology that grows: its nodes, and those that later ones may follow. */
export abstract class Growth implements Bounds {
  readonly spread: boolean
  readonly whole: boolean
  protected readonly open: Open[]
  protected readonly nodes: OracleNode[] = []
  protected readonly followed = new Set<string>()
  protected count = 0

  constructor({ spread, whole }: Bounds) {
    this.spread = spread
    this.whole = whole
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
    const used = sources.filter(({ id }) => this.followed.has(id))
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

  protected merge(of: Open, other: Open): void {
    if (of === other || !fits(of, other)) return
    this.followed.add(other.id)
    const merged = { ...both(of, other), rekeyed: of.rekeyed || other.rekeyed }
    this.follow(of, { op: 'merge', with: other.id }, merged)
  }

  protected join(of: Open, other: Open, node: Readonly<Record<string, unknown>>, change: Partial<Open> = {}): void {
    this.followed.add(other.id)
    this.follow(of, { ...node, op: 'join', with: other.id }, { ...both(of, other), ...change })
  }

  /** Rows by key alone meet what is by key alone. */
  protected partner(d: Draw, of: Open, kind: Open['kind']): Open | undefined {
    if (of.windows !== undefined) return undefined
    const fitting = this.open.filter(
      node =>
        node.kind === kind &&
        node.windows === undefined &&
        !(of.kind === 'table' && node.versioned === true) &&
        fits(of, node),
    )
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
