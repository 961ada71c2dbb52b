import { expect, test } from 'vitest'
import { murmur2, partitionForKey } from './murmur2.ts'
import { murmur3 } from './murmur3.ts'

// [bytes in hex, murmur2, partitions, partition, murmur3], as Kafka's own classes give them: each length of a tail once.
const VECTORS: readonly (readonly [string, number, number, number, string])[] = [
  ['', 275646681, 92, 53, '9d2764a018e329428c3cf3b035938518'],
  ['41', 1592744578, 51, 43, 'fa79dbb0eb96db7831044d767f696750'],
  ['5160', -986493541, 85, 12, '1b3a6e87851b3e443b29cb22109efa03'],
  ['6b6579', -1079937367, 90, 31, 'f323c93f0f6b8b0d761c32456d832f9e'],
  ['f09f909f', 53086962, 63, 12, 'd0af74fa8b44f605786935fa449c426c'],
  ['6120620963', -209250957, 93, 68, 'e7f6ae5ae4fe3623c167384455e76644'],
  ['e697a5e69cac', -700811021, 18, 9, 'e0eb8811cbe0949b9f6aabe1d4b15f5b'],
  ['5ac3bc72696368', -1551140815, 66, 31, '529d4eea1401577930c8f0c40ec84b99'],
  ['e7c24b07a902c899', 1705338042, 2, 0, 'd33d2c132e8d194b3d31df0d5dab2d1b'],
  ['8e4571800e6c9d8b2f', 1733077323, 100, 23, '684ea1c52e46fc3b562cefaa521d9464'],
  ['aaf34b9d1642a425dfac', -979691186, 27, 18, 'f440e0bf343315c791cd9aad3f13de35'],
  ['d2d3eb070a89aa126a7bc7', 1196554068, 32, 20, 'be3a66a7b2b8d499e20ec1c69753f03d'],
  ['62d0a194f657d79292810133', 92135071, 36, 19, 'b8a038cd711fa0621cc0eef3c14fbeeb'],
  ['4b881efd886330219ef05d3c51', -422976476, 71, 29, '592ec34c6d1efa7800798b70abde4a46'],
  ['4db943ddfa9026272b0676f7d065', -783766683, 58, 27, '8136b822a75279658035a6122d0a34cb'],
  ['01381dec70bbf44525c6833f8a1c2e', 204196697, 35, 12, '959ac9e86df11c394e35e560ca462f94'],
  ['30313233343536373839616263646566', 1438427052, 29, 24, '1a6e941ec6a76967d7d82808f505d6b1'],
  ['3b84400e40d585ae88555c47b612fb2489', 914146410, 35, 30, '5bbeaf5c953bc6e17d151dcb8ecfad15'],
  ['beb8f2cb172113735be6b29620f20b24f222', 984307798, 36, 10, '51c0bf9b2b35afe935cd95399e0b166a'],
  ['a9b8d829490b88e74fe6854d817101dbb52e2c', -896070681, 65, 12, 'f89f6a051b64266e447b60f5191b7bab'],
  ['32e2489d79f9889a56be5b41aff6d408aeb8c2a5', -304595813, 86, 27, 'de38e46f8bd47b1ab8b2b53d4f512b70'],
  ['f490cfafb556a0d18d9081cc7168196734356d3b90', -1173462734, 18, 0, 'd6223237c9ea9aadf29115bdb08c42f1'],
  ['86e8a63fbe359de22881aa9a190b650d1c6f8f1b1ea1', -996432410, 100, 38, 'f055da8d2160bcda623eed6bb23292c9'],
  ['e323a61c98c319f15c2df5484d203fc77fd8d1b27d6f75', 1650444087, 32, 23, '9bc397b0c09be0ca28b3f32f3e9e6e58'],
  ['6459726a75f2dc703e786ca0b9128a19262fc8b79e834f9f', 1114561248, 91, 73, '6daa7d120e4955943f46c60cc08e8721'],
  ['f18a884848d101416a11b4356313afd39df9409912573e0b19', 823383822, 90, 12, '9fd1679fba635c30b873c5699dc406ce'],
  ['e992a12b5ac7b3a8f368669db76835540dee15e17ef474ef18f3', 175937419, 84, 7, '50b14aabe02b5a13bacb6451cdd549c2'],
  ['3192d316dc33ce06fbefa9928c288ed2d82cc78e47527f32053b20', -605088291, 45, 17, '4f580dc93ba4cd90975cbd4ec8cac7cb'],
  ['1288acc7adc573fb1759847ef722b85e34da707fde2344d41e788e1a', 1966386323, 91, 83, 'ee92fe457a79d8492bb4cbafaaa115e4'],
  ['77b5a6079c7c296590d3c025af2c9a13d752a01fa18ec621df183e134f', 1968342351, 82, 1, 'd65a81b11aa9a7cbbba4b69be6f0f873'],
  [
    'be822f2c24d30dec228f47a1ab0a294a07ef914f9d5b4a7973f88f12cdb0',
    1441997578,
    48,
    10,
    'ca6fae58814d9b6bf84feaec48ca1fab',
  ],
  [
    'e8a8af667050e3dc6e0190188a4b3e92561c5f67856a26d037fd66ba3f33c4',
    -1433601340,
    67,
    55,
    'd67e398d80647a0a1d3e4970d60e84ab',
  ],
  [
    'a8556a2b17f2474bc1dd3c3cbcdeead87a7df014cb5663064eec941f7f0b47d1',
    -1451181850,
    89,
    63,
    '2f5a1f420c7977e9dd22ba1f997af12b',
  ],
  [
    'd4ae086d03b564b23106f5ed24b5bbc08a8b39a474dc745fdb613d4b1c908a87e5',
    -972822385,
    37,
    26,
    '092fd4d76f3dec7e88352bc120b91ffa',
  ],
  [
    'f5ab064e142049789dfbe497827e2f949ad63d1a882d3029d99e45be7aa9966b0166',
    -97579282,
    68,
    30,
    '651f402517ea49c6fff8c56be524eaec',
  ],
  [
    '843807517125aae1c3c5843feb8d25cd02bf823f2ccf4784d5a35e390da559f1e278ae',
    555886266,
    86,
    68,
    '546040c21d96c46c14d2268d0acc015a',
  ],
  [
    'e3c6ccaf90102bf7285718597aa23ad2c074eb425c8daf9b5764e37250ebf485a73f0c18',
    -435234759,
    70,
    29,
    'ed51c54e8f84f1055efaf58ca90c4f16',
  ],
  [
    '91e6ddeaa7818d07250d1bdef371d5b9194c1a2dec2e66e8364f9134653500c954d037c2d2',
    -1723564185,
    66,
    11,
    '413524f26f89da3e12838c61fb857831',
  ],
  [
    'bd79e7e558daec823b71836232c6e8e7bdfdba2a39ded720c70f14d7a6e3eb59ff54ade53765',
    -1179612818,
    6,
    0,
    '628cea05d6156e3edd1a65fd4efa5759',
  ],
  [
    '93f917e55f182dce57de111b361bc82fc0e83e983561c2af2bbae6df08b06fcc189ee980ff8691',
    -1939359904,
    66,
    4,
    '137ecb183874077b6c066961b6c31b01',
  ],
]

test('the hashes of every length of tail are those of Kafka', () => {
  for (const [hex, hash2, partitions, partition, hash3] of VECTORS) {
    const bytes = Buffer.from(hex, 'hex')
    expect(murmur2(bytes)).toBe(hash2)
    expect(partitionForKey(partitions, bytes)).toBe(partition)
    expect(murmur3(bytes).toString('hex')).toBe(hash3)
  }
})

test('a range of a buffer hashes as its bytes alone', () => {
  const bytes = Buffer.from('0123456789abcdef0123456789abcdef0123')
  for (let start = 0; start < 5; start++) {
    const part = Buffer.from(bytes.subarray(start, 30))
    expect(murmur2(bytes, start, 30)).toBe(murmur2(part))
    expect(murmur3(bytes, start, 30)).toEqual(murmur3(part))
  }
})
