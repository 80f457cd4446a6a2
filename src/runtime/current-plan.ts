import type { Log } from '../log/log.js'
import { outOfRange } from '../log/out-of-range.js'
import type { Plan } from './plan.js'
import { TopicSizes } from './topic-sizes.js'

/** The plan that a worker goes by: that of the last time it looked at the topics. */
export class CurrentPlan {
  readonly sizes: TopicSizes
  readonly #make: () => Promise<Plan>
  #plan: Plan

  /** @param make asks for the topics as they are now */
  constructor(log: Log, first: Plan, make: () => Promise<Plan>) {
    this.#plan = first
    this.#make = make
    this.sizes = new TopicSizes(log, first)
  }

  get now(): Plan {
    return this.#plan
  }

  /**
   * Looks at the topics again.
   *
   * @param open the tasks that are at work
   * @throws SluiceError OFFSET_OUT_OF_RANGE where one of their topics was made again: they would go on in the middle of the
   * new one, their positions are those of the old one
   */
  async look(open: readonly string[]): Promise<void> {
    const before = this.#plan
    const now = (this.#plan = await this.#make())
    this.sizes.renew(now)
    for (const { topic } of open.flatMap(name => before.tasksByName.get(name)!.inputs)) {
      const [idBefore, idNow] = [before.ids.get(topic), now.ids.get(topic)]
      if (idBefore === undefined || idNow === undefined || idNow === idBefore) continue
      throw outOfRange('the topic was made again while it was read', { topic })
    }
  }
}
