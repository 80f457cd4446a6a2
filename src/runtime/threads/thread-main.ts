import { parentPort, workerData } from 'node:worker_threads'
import { kafka } from '../../log/kafka/kafka.js'
import type { KafkaOptions } from '../../log/kafka/options.js'
import { systemClock } from '../../time.js'
import { Counters } from '../counters.js'
import { LocalCrew } from '../local-crew.js'
import { makePlan } from '../plan.js'
import { answers } from './answers.js'
import { figuresOf, noFigures, turned } from './figures.js'
import { loadTopology } from './load-topology.js'
import type { FromThread, ThreadData, ToThread } from './messages.js'
import { sentError } from './sent-error.js'
import { threadHome } from './thread-home.js'

// A thread of an instance: one worker, with a log, a producer and a place in the group of its own.

/** How often figures that only count are told, in milliseconds. */
const tellEvery = 50

const data = workerData as ThreadData
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const tell = (message: FromThread): void => parentPort!.postMessage(message)

async function run(): Promise<void> {
  const topology = await loadTopology(data)
  const { application } = topology.spec
  const log = await kafka({
    ...(data.log as KafkaOptions),
    onError: error => tell({ kind: 'log-error', error: sentError(error) }),
  }).open()
  let timer: NodeJS.Timeout | undefined
  try {
    const plan = () => makePlan(log, topology, true, data.startedAt)
    let told = noFigures
    const show = (kind: 'figures' | 'committed'): void => {
      told = figuresOf(crew)
      tell({ kind, figures: told })
    }
    const crew: LocalCrew = new LocalCrew(
      {
        log,
        ownsLog: true,
        home: threadHome(application, data),
        settings: {
          ...data.settings,
          clock: systemClock,
          onRestore: progress => tell({ kind: 'restore', progress }),
        },
        counters: new Counters(),
        plan,
        firstPlan: await plan(),
        slot: data.slot,
      },
      {
        onChange() {
          if (turned(told, figuresOf(crew))) return show('figures')
          timer ??= setTimeout(() => {
            timer = undefined
            show('figures')
          }, tellEvery)
        },
        onCommitted: () => show('committed'),
        onGlobalWritten: () => tell({ kind: 'global-written' }),
      },
    )
    const answer = answers(crew, topology.spec)
    parentPort!.on('message', (message: ToThread) => {
      switch (message.kind) {
        case 'pause':
          return crew.pause(message.paused)
        case 'rejoin':
          return crew.rejoin()
        case 'close':
          return crew.close()
        case 'question': {
          const { id, question } = message
          answer(question).then(
            value => {
              if (question.ask === 'settled') show('figures')
              tell({ kind: 'answer', id, value })
            },
            (error: unknown) => tell({ kind: 'refusal', id, error: sentError(error) }),
          )
        }
      }
    })
    try {
      await crew.run()
    } finally {
      show('figures')
    }
  } finally {
    clearTimeout(timer)
    await log.close()
  }
}

try {
  await run()
  tell({ kind: 'ended', error: undefined })
} catch (error) {
  tell({ kind: 'ended', error: sentError(error) })
}
// Whatever the module has left running ends with the thread: its parent ends it now.
