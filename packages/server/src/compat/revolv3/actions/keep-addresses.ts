import type { CommandContext } from '../../../platform/command/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { numbersOf } from '../numbers/numbers.ts'
import { insertAddresses, readAddresses } from '../queries/addresses.ts'
import type { FaceAddress } from '../read/read-address.ts'

export type KeptAddress = FaceAddress & { readonly addressId: number }

/**
 * Addresses with their numbers. One that names another by its number is that one, whatever is said beside it
 * (spec/revolv3.md 3). Refuses with 404 where there is none of that number.
 */
export async function keepAddresses(
  context: CommandContext,
  addresses: readonly FaceAddress[],
): Promise<readonly KeptAddress[]> {
  if (addresses.length === 0) return []
  const { accountId, ids } = context
  return context.inTx(async (tx) => {
    const named = addresses.flatMap(({ addressId }) => addressId ?? [])
    const known = await readAddresses(tx, accountId, named)
    const made = addresses.map((address) => ({ address, id: ids.next() }))
    const added = made.filter(({ address }) => address.addressId === null)
    await insertAddresses(tx, accountId, added)
    const numberOf = await numbersOf(tx, accountId, added.map(({ id }) => ({ kind: 'address', id }))) // prettier-ignore
    return made.map(({ address, id }) => {
      const { addressId } = address
      if (addressId === null) return { ...address, addressId: numberOf(id) }
      const detail = known.get(addressId)
      if (detail === undefined) throw FaceRefusal.notFound('address')
      return { ...detail, addressId }
    })
  })
}

/** The same of one, or of none. */
export async function keepAddress(
  context: CommandContext,
  address: FaceAddress | null,
): Promise<KeptAddress | null> {
  const [kept = null] = await keepAddresses(context, address === null ? [] : [address])
  return kept
}
