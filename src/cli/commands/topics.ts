import { SluiceError, counted } from '../../errors.js'
import type { Log, TopicInfo } from '../../log/log.js'
import { partitionsOf } from '../../log/partitions-of.js'
import { partitionId } from '../../record.js'
import { parse, topicNames, topicOptions, UsageError, wholeNumber } from '../args.js'
import { print, type Command, type CommandContext } from '../command.js'
import { logOptions, logUsage, withLog } from '../log-options.js'

const usages = {
  create: `sluice topics create <topic…> [--partitions <n>] [--replication-factor <n>]
                            [--config <name=value>]… [--if-not-exists] ${logUsage}`,
  list: `sluice topics list ${logUsage}`,
  describe: `sluice topics describe [<topic…>] ${logUsage}`,
  delete: `sluice topics delete <topic…> [--if-exists] ${logUsage}`,
}

const usage = Object.values(usages).join('\n       ')

type Action = (args: readonly string[], context: CommandContext) => Promise<void>

const actions: Readonly<Record<string, Action>> = {
  async create(args, { say }) {
    const { values, positionals } = parse(args, usages.create, {
      ...logOptions,
      ...topicOptions,
      partitions: { type: 'string', default: '1' },
      'replication-factor': { type: 'string' },
      config: { type: 'string', multiple: true },
      'if-not-exists': { type: 'boolean' },
    })
    const names = topicNames(positionals, values.topic, usages.create)
    const partitions = wholeNumber(values.partitions, '--partitions', usages.create, 1)!
    const replicationFactor = wholeNumber(values['replication-factor'], '--replication-factor', usages.create, 1)
    const config = Object.fromEntries((values.config ?? []).map(setting))
    await withLog(values, usages.create, async log => {
      const there = values['if-not-exists'] === true ? new Set(await log.topics.list()) : new Set<string>()
      const missing = names.filter(name => !there.has(name))
      const more = { ...(replicationFactor === undefined ? {} : { replicationFactor }), config }
      if (missing.length > 0) await log.topics.create(missing.map(name => ({ name, partitions, ...more })))
      for (const name of missing) say(`created ${name}, ${counted(partitions, 'partition')}`)
    })
  },

  async list(args, context) {
    const { values, positionals } = parse(args, usages.list, logOptions)
    if (positionals.length > 0) throw new UsageError('list takes no topic; describe does', usages.list)
    await withLog(values, usages.list, async log => {
      for (const name of [...(await log.topics.list())].toSorted()) await print(context, `${name}\n`)
    })
  },

  async describe(args, context) {
    const { values, positionals } = parse(args, usages.describe, { ...logOptions, ...topicOptions })
    await withLog(values, usages.describe, async log => {
      const wanted = [...positionals, ...(values.topic ?? [])]
      const names = wanted.length > 0 ? wanted : [...(await log.topics.list())].toSorted()
      const found = new Map((await log.topics.describe(names, { config: true })).map(info => [info.name, info]))
      for (const name of names) {
        const info = found.get(name)
        if (info === undefined) throw unknown(name)
        await print(context, await described(log, info))
      }
    })
  },

  async delete(args, { say }) {
    const { values, positionals } = parse(args, usages.delete, {
      ...logOptions,
      ...topicOptions,
      'if-exists': { type: 'boolean' },
    })
    const names = topicNames(positionals, values.topic, usages.delete)
    await withLog(values, usages.delete, async log => {
      const there = new Set(await log.topics.list())
      const missing = names.find(name => !there.has(name))
      if (missing !== undefined && values['if-exists'] !== true) throw unknown(missing)
      const present = names.filter(name => there.has(name))
      if (present.length > 0) await log.topics.delete(present)
      for (const name of present) say(`deleted ${name}`)
    })
  },
}

export const topics: Command = {
  usage,
  summary: 'creates, lists, describes and deletes topics',
  async run([name, ...args], context) {
    // Kafka's own tool spells its actions as options.
    const wanted = name?.replace(/^--/, '') ?? ''
    const action = Object.hasOwn(actions, wanted) ? actions[wanted] : undefined
    if (action === undefined) {
      throw new UsageError(name === undefined ? 'say what to do' : `topics has no "${name}"`, usage)
    }
    await action(args, context)
  },
}

function setting(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--config takes name=value, not "${text}"`, usages.create)
  return [text.slice(0, at), text.slice(at + 1)]
}

async function described(log: Log, info: TopicInfo): Promise<string> {
  const all = partitionsOf(info)
  const [starts, ends] = await Promise.all([log.startOffsets(all), log.endOffsets(all, 'read_committed')])
  const lines = all.map(({ partition }) => {
    const id = partitionId(info.name, partition)
    return `  partition ${partition}: offsets ${starts.get(id)} to ${ends.get(id)}`
  })
  const settings = Object.entries(info.config).map(([name, value]) => `  ${name}=${value}`)
  const head = `${info.name}: ${counted(info.partitions, 'partition')}, replication factor ${info.replicationFactor}, id ${info.id}`
  return [head, ...settings, ...lines, ''].join('\n')
}

function unknown(name: string): SluiceError {
  return new SluiceError('UNKNOWN_TOPIC', `topic "${name}" does not exist`, {
    place: { topic: name },
    hint: 'sluice topics list shows those that do',
  })
}
