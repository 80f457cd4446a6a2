import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SluiceError } from '../../../src/errors.js'
import { readBatches } from '../../../src/log/batch/batch.js'
import { snappy } from '../../../src/log/batch/codecs/snappy.js'
import { lz4 } from '../../../src/log/batch/codecs/lz4.js'
import { zstdInJavaScript } from '../../../src/log/batch/codecs/zstd.js'
import { decompress } from '../../../src/log/batch/compression.js'
import { runs } from '../../store/runs.js'
import { readAll } from './arbitrary.js'

/** Batches of 24 records, as a broker of Kafka 4.3 wrote them with the code of Java's producer. */
const byJava = {
  gzip: unhex(
    '00000000000000020000010800000000026f442f910001000000170000018bcfe568000000018bcfe568000000000000000001000000000000000000181f8b08000000000000ff6d91d10ac22000452546444444444444484444444cb7a97b19fd4ab08ab1878df5d6d72724dc07efb3078f9e5b09219236bd7543fd1c642abb977c7f9b5e361fd93f9a5adc851825ad4affe7b6644092b43a00463160ec0d01c833064ca0d0450454424cbd22bcd1b20b663038c380390cc63160814f1434c3128a4c33600585ca19b086a2a4193650d8388307b65014b4c30e8a8c6eb58742c75bf9d2d22b4269fac6030c8e6638c2606886133e91d3adce5068bad5050a45b7ba42e168861b1436cef003fe362a2a15030000',
  ),
  snappy: unhex(
    '000000000000000200000162000000000233ede92f0002000000170000018bcfe568000000018bcfe5680000000000000000030000000000000000001882534e415050590000000001000000010000011dc506a842000000046b30326f726465722030206f6620736e6170707920697320706169640044000002046b31346f05220437395623000c04046b320d230436315623000c06046b300d2304343356230004080415690432354a2300184200000a046b320dae00374a22000c4400000c1968043836562300000e1968043638562300001019d100355a170100121969043332564600001419690431345623000016196900395a17010018196900374e17010c4400001a196900355a1801001c1969043339568c00001e196900324ec6011842000020046b312d805aae000022196800385a17010024196800365a1701002619d100345ac6010028196900325ac601002a19690831302052dd02002c196900385a1701002e196900374e1701',
  ),
  lz4: unhex(
    '000000000000000200000156000000000210c821dc0003000000170000018bcfe568000000018bcfe5680000000000000000050000000000000000001804224d1860408216010000f2183c000000046b302c6f726465722030206f66206c7a342069732070616964003e000002046b312e1f002f37392000004304046b3220002f36312000004306046b3020002f3433200000160860002c32352000733c00000a046b329f001c371f00463e00000c5f002f3836200000160e5f002f36382000001610bf001f35ff0001161260002f3332400000161460002f3134200000161660001f39ff0001161860001d37ff00463e00001a60001f35000101161c60001f339f0101161e60001d329f01733c000020046b315f010f9f000116225f001f38ff000116245f001f36ff00011626bf001f349f0101162860001f329f0101162a60001f319f0101162c60001f38ff0001162e60001837ff0050706169640000000000',
  ),
  zstd: unhex(
    '00000000000000020000010900000000023b2ad0ae0004000000170000018bcfe568000000018bcfe5680000000000000000070000000000000000001828b52ffd005864060092881d1e504f75a8062f66e3889f99996ca76c770911cc23142c4241110a8a64cc140cd54f659cfc74b12476e435487b8f8e0ec575d33fb91b9231a05b38a86032f1d3c6886687e50c3f8daff02201aaae3bf8a76b016bab6e805fd75d0917d705fcf48d43b9a4c8490d26ca24cb9356822a0df4a855f7ff0c2e2090339a639838091338f114989c0833dac0822298d11616a08824cca76f0d7c22ccd2068b1461465b5814c526984c8419da60018a91613231cc82b6d2b018d08b719e6882196d6e46b1720941146360a80c010000',
  ),
}
const header = 61
/** The records of `byJava.gzip`, by the command `lz4 -BX --content-size`: with all the checksums and the size. */
const lz4ByCommand = unhex(
  '04224d187c401503000000000000f717010000f2193e000000046b302e6f726465722030206f6620677a697020697320706169640040000002046b313020002f37392100014304046b3221002f36312100014306046b3021002f3433210001160863002d32352100733e00000a046b32a4001d372000464000000c62002f3836210001160e62002f36382100011610c5001f35070102161263002f3332420001161463002f3134210001161663001f39070102161863001e370701464000001a63001f35080102161c63001f33ac0102161e63001e32ac01733e000020046b316a010fa40002162262001f38070102162462001f360701021626c5001f34ac0102162863001f32ac0102162a63001f31ac0102162c63001f38070102162e63001937070150706169640034bc0d43000000009ff3fdc2',
)
/** The same by the command `zstd`: one segment, with the size and a checksum. */
const zstdByCommand = unhex(
  '28b52ffd64150265060092881d1e504f75a8d8c7ed768dedcc4cba69bb4bd204f308058b50508482221933050cd54f659cfc74b12476e435487b8f8e0ec575d33fb91b9231a05b38a86032f1d3c6886687e50c3f8daff02201aaae3bf8a76b016bab6e805fd75d0917d705fcf48d438112c6499093b924cb93568a2a4df4a855f7ff0c2e2090339a639838091338f114989c0833dac0822298d11616a08824cca76f0d7c22ccd2068b1461465b5814c526984c8419da60018a91613231cc82b6d2b018d08b719e6882196d6e46b1720941146360a80cf5f510e9',
)
const recordsOf = (batch: Buffer): Buffer => batch.subarray(header)
const plainRecords = decompress(1, recordsOf(byJava.gzip), 0)
/** As librdkafka writes it: Java's only block without the framing. */
const rawSnappy = recordsOf(byJava.snappy).subarray(20)

function unhex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

/** The code and the text of what is thrown. */
function failure(body: () => unknown): string {
  try {
    body()
  } catch (error) {
    return String(error)
  }
  return 'nothing was thrown'
}

test.each(Object.entries(byJava))('what Java compressed with %s is read', (codec, bytes) => {
  const [batch] = readBatches(bytes)
  batch!.verify()
  const records = readAll(batch!.cursor()).map(({ key, value }) => [unhex(key!).toString(), unhex(value!).toString()])
  expect(records).toEqual(
    Array.from({ length: 24 }, (_, i) => [`k${i % 3}`, `order ${(i * 79) % 97} of ${codec} is paid`]),
  )
})

test('and what others did: snappy without a framing, sizes and checksums in frames', () => {
  const texts = (bytes: Buffer): string => bytes.toString('latin1')
  expect(texts(decompress(2, rawSnappy, 0))).toBe(texts(decompress(2, recordsOf(byJava.snappy), 0)))
  expect(texts(decompress(3, lz4ByCommand, 0))).toBe(texts(plainRecords))
  expect(texts(decompress(4, zstdByCommand, 0))).toBe(texts(plainRecords))
})

test('zstd is read in JavaScript too, whatever Node has', () => {
  // What a compressed block may hold.
  const limit = { maxOutputLength: 128 * 1024 }
  expect(zstdInJavaScript()(zstdByCommand, limit).equals(plainRecords)).toBe(true)
  expect(zstdInJavaScript()(recordsOf(byJava.zstd), limit).equals(decompress(4, recordsOf(byJava.zstd), 0))).toBe(true)
})

const damaged: [string, number, Buffer][] = [
  ['gzip', 1, recordsOf(byJava.gzip)],
  ['snappy', 2, recordsOf(byJava.snappy)],
  ['raw snappy', 2, rawSnappy],
  ['lz4', 3, recordsOf(byJava.lz4)],
  ['lz4 with sizes', 3, lz4ByCommand],
  ['zstd', 4, recordsOf(byJava.zstd)],
  ['zstd with sizes', 4, zstdByCommand],
]

// The libraries of two are native: a crash would end the process.
test.each(damaged)('cut and changed bytes of %s are CORRUPT or other bytes', (_, codec, whole) => {
  const change = fc.record({ at: fc.nat(whole.length - 1), xor: fc.integer({ min: 1, max: 255 }) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 4 }), fc.nat(whole.length), (changes, length) => {
      const bytes = Buffer.from(whole)
      for (const { at, xor } of changes) bytes[at]! ^= xor
      try {
        decompress(codec, changes.length === 0 ? bytes.subarray(0, length) : bytes, 5)
      } catch (error) {
        expect(error).toBeInstanceOf(SluiceError)
        expect(error).toMatchObject({ code: 'CORRUPT', place: { offset: 5 } })
      }
    }),
    runs(300),
  )
})

test('a cut-off batch is CORRUPT in each codec', () => {
  for (const [name, codec, whole] of damaged) {
    expect([name, failure(() => decompress(codec, whole.subarray(0, whole.length - 9), 5))]).toEqual([
      name,
      expect.stringContaining('CORRUPT'),
    ])
  }
})

test('small batches that claim, or unpack to, more than memory should hold are refused before they are unpacked', () => {
  const huge = unhex('ffffffff0f')
  const snappyBlock = Buffer.concat([recordsOf(byJava.snappy).subarray(0, 16), unhex('00000005'), huge])
  expect(failure(() => decompress(2, huge, 0))).toMatch(/CORRUPT.*may unpack to 4294967295 bytes/)
  expect(failure(() => decompress(2, snappyBlock, 0))).toMatch(/CORRUPT.*may unpack to 4294967295 bytes/)

  const lz4Size = Buffer.from(lz4ByCommand)
  lz4Size.writeBigUInt64LE(2n ** 40n, 6)
  expect(failure(() => decompress(3, lz4Size, 0))).toMatch(/CORRUPT.*may unpack to 1099511627776 bytes/)
  // Blocks of 4 MiB at most, which need not say how large they are: 70 of 20,000 bytes.
  const block = Buffer.concat([unhex('204e0000'), Buffer.alloc(20_000)])
  const lz4Blocks = Buffer.concat([
    unhex('04224d18607073'),
    ...Array.from({ length: 70 }, () => block),
    Buffer.alloc(4),
  ])
  expect(failure(() => decompress(3, lz4Blocks, 0))).toMatch(/CORRUPT.*may unpack to 293601280 bytes/)

  const limit = { maxOutputLength: 256 * 1024 * 1024 }
  const open = (bytes: Buffer) => failure(() => zstdInJavaScript()(bytes, limit))
  // 131,072 equal bytes in four: 2,100 times.
  const oneByte = unhex('02001078')
  const zstdBlocks = Buffer.concat([
    unhex('28b52ffd0058'),
    ...Array.from({ length: 2100 }, () => oneByte),
    unhex('010000'),
  ])
  expect(open(zstdBlocks)).toContain('may unpack to 275251200 bytes')
  expect(open(unhex('28b52ffda0ffffffff010000'))).toContain('may unpack to 4294967295 bytes')
  expect(open(unhex('28b52ffd00f8010000'))).toContain('window is too large')
})

test('the bounds are not below what is there', () => {
  const exactly = { maxOutputLength: plainRecords.length }
  expect(zstdInJavaScript()(zstdByCommand, exactly)).toHaveLength(plainRecords.length)
  const length = decompress(2, rawSnappy, 0).length
  expect(snappy()(rawSnappy, { maxOutputLength: length })).toHaveLength(length)
  expect(() => snappy()(rawSnappy, { maxOutputLength: length - 1 })).toThrow('may unpack')
  expect(() => lz4()(lz4ByCommand, { maxOutputLength: plainRecords.length - 1 })).toThrow('may unpack')
})

test('nineteen bytes of zstd that claim matches for minutes end in time', () => {
  const hostile = unhex('28b52ffd00685500000100ffffff5400023480')
  expect(() => zstdInJavaScript(200)(hostile, { maxOutputLength: 1e6 })).toThrow('timed out')
  // And leave it usable.
  expect(zstdInJavaScript()(zstdByCommand, { maxOutputLength: 10_000 })).toHaveLength(plainRecords.length)
})
