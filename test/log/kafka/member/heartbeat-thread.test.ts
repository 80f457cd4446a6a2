import { expect, onTestFinished, test, vi } from 'vitest'
import { code } from '../../../../src/log/kafka/codes.js'
import { Cluster } from '../../../../src/log/kafka/connection/cluster.js'
import { heartbeats } from '../../../../src/log/kafka/member/heartbeat-thread.js'
import { settingsOf } from '../../../../src/log/kafka/options.js'
import { describeKafka } from '../../../kafka/shared.js'

describeKafka('the thread of the heartbeats', shared => {
  test('finds brokers that have moved', async () => {
    const cluster = new Cluster(settingsOf({ brokers: shared.brokers, heartbeatInterval: 100, startTimeout: '60s' }))
    onTestFinished(() => cluster.close())
    // Nobody listens there.
    cluster.seed(['127.0.0.1:1'])
    const group = shared.name('g')
    const onCode = vi.fn<(claim: unknown, error: number) => void>()
    const beats = heartbeats(cluster, group, onCode)
    onTestFinished(() => beats.close())
    const claim = { group, memberId: 'nobody', generation: 1 }
    beats.start(claim)
    await new Promise(resolve => setTimeout(resolve, 2000))
    expect(onCode).not.toHaveBeenCalled()
    cluster.seed(shared.brokers)
    // The broker's own answer: the thread has reached it.
    await vi.waitFor(() => expect(onCode).toHaveBeenCalledWith(claim, code.unknownMemberId), { timeout: 10_000 })
  })
})
