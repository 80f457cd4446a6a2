import { UsageError } from '../args.js'
import type { Command } from '../command.js'
import { list, listUsage } from '../dlq/list.js'
import { replay, replayUsage } from '../dlq/replay.js'
import { show, showUsage } from '../dlq/show.js'

const usage = [listUsage, showUsage, replayUsage].join('\n       ')

const actions: Readonly<Record<string, Command['run']>> = { list, show, replay }

export const dlq: Command = {
  usage,
  summary: 'lists and shows dead letters, and puts them back to where they failed, once',
  async run([name, ...args], context) {
    const action = Object.hasOwn(actions, name ?? '') ? actions[name!] : undefined
    if (action === undefined)
      throw new UsageError(name === undefined ? 'say what to do' : `dlq has no "${name}"`, usage)
    await action(args, context)
  },
}
