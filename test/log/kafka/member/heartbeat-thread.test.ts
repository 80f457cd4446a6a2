import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { SluiceError } from '../../../../src/errors.js'
import { code } from '../../../../src/log/kafka/codes.js'
import { Cluster } from '../../../../src/log/kafka/connection/cluster.js'
import { heartbeats } from '../../../../src/log/kafka/member/heartbeat-thread.js'
import { settingsOf } from '../../../../src/log/kafka/options.js'
import { startBroker } from '../../../kafka/broker.js'
import { describeKafka, describeOwnKafka } from '../../../kafka/shared.js'

describeKafka('the thread of the heartbeats', shared => {
  test('finds brokers that have moved', async () => {
    const onError = vi.fn<(error: SluiceError) => void>()
    // It goes on looking for longer than a start would.
    const options = { heartbeatInterval: 100, startTimeout: 1, retry: { maxRetryTime: 100 }, onError }
    const cluster = new Cluster(settingsOf({ brokers: shared.brokers, ...options }))
    onTestFinished(() => cluster.close())
    // No broker is there: whoever comes is turned away.
    let turnedAway = 0
    const elsewhere = createServer(socket => {
      turnedAway++
      socket.destroy()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void elsewhere.close())
    await once(elsewhere, 'listening')
    cluster.seed([`127.0.0.1:${(elsewhere.address() as AddressInfo).port}`])
    const group = shared.name('g')
    const onCode = vi.fn<(claim: unknown, error: number) => void>()
    const beats = heartbeats(cluster, group, onCode)
    onTestFinished(() => beats.close())
    const claim = { group, memberId: 'nobody', generation: 1 }
    beats.start(claim)
    await vi.waitFor(() => expect(turnedAway).toBeGreaterThan(2), { timeout: 10_000 })
    expect(onError).not.toHaveBeenCalled()
    expect(onCode).not.toHaveBeenCalled()
    cluster.seed(shared.brokers)
    // The broker's own answer: the thread has reached it.
    await vi.waitFor(() => expect(onCode).toHaveBeenCalledWith(claim, code.unknownMemberId), { timeout: 10_000 })
  })
})

describeOwnKafka('the thread of the heartbeats, where the broker goes down', () => {
  test('tells of it once, as whatever else meets it', async () => {
    await using broker = await startBroker()
    const onError = vi.fn<(error: SluiceError) => void>()
    const cluster = new Cluster(settingsOf({ brokers: broker.brokers, heartbeatInterval: 100, onError }))
    onTestFinished(() => cluster.close())
    await cluster.start()
    const onCode = vi.fn<(claim: unknown, error: number) => void>()
    const beats = heartbeats(cluster, 'g', onCode)
    onTestFinished(() => beats.close())
    const claim = { group: 'g', memberId: 'nobody', generation: 1 }
    beats.start(claim)
    await vi.waitFor(() => expect(onCode).toHaveBeenCalledWith(claim, code.unknownMemberId), { timeout: 20_000 })
    await broker.kill()
    beats.start(claim)
    await vi.waitFor(() => expect(onError).toHaveBeenCalled(), { timeout: 10_000 })
    expect(onError.mock.calls[0]![0].message).toMatch(
      /^BROKER: the heartbeat of group g: .*; trying again\n {2}→ nothing is lost; check the broker if this goes on$/,
    )
  })
})
