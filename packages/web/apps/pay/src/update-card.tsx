import { useCallback, useEffect, useRef, useState } from 'react'
import { brandName } from './card-number.ts'
import { CardFields } from './card-fields.tsx'
import type { Fields } from './check-card.ts'
import { formatAll } from './format-money.ts'
import { LinkOverText } from './link-over.tsx'
import { Merchant } from './merchant.tsx'
import type { CardForm, Outcome } from './page-data.ts'
import { Result } from './result.tsx'
import { askAgain, sendCard } from './send.ts'
import { text } from './text.ts'

/** The bank may take its time; then the page stops asking, and the money comes without it. */
const ASK_AGAIN_MS = 2_000
const ASKED_MAX = 10

/** Where the page stands: what came of the last card, and whether an answer is awaited. */
type Stand = {
  readonly outcome: Outcome | null
  readonly isSending: boolean
  readonly tries: number
  readonly path: string
  /** A form of its own for each card, so that no number outlives the card that it belongs to. */
  readonly forms: number
  /** Of the card that was sent last: its owner stays the same. */
  readonly owner: Pick<Fields, 'name' | 'postalCode'>
}

export function UpdateCard({ data }: { readonly data: CardForm }) {
  const stand = useStand(data)
  const { outcome, isSending } = stand.now
  if (outcome?.result === 'over') return <LinkOverText reason={outcome.reason} takesFocus />
  const isEnd = outcome !== null && ['paid', 'saved', 'processing', 'busy', 'offline'].includes(outcome.result) // prettier-ignore
  const isAway = outcome?.result === 'authenticate'
  const owed = formatAll(data.owed)
  return (
    <main aria-busy={isSending}>
      <Merchant brand={data.brand} />
      {!isEnd && <Purpose data={data} owed={owed} />}
      {outcome !== null && (
        <Result outcome={outcome} brand={data.brand} onOtherCard={stand.useOtherCard} />
      )}
      {data.isReturning && isSending && outcome === null && (
        <p role="status">{text.authenticate.checking}</p>
      )}
      {!isEnd && !isAway && !(data.isReturning && isSending && outcome === null) && (
        <>
          <CardFields
            key={stand.now.forms}
            postalCode={data.postalCode}
            submitLabel={owed === '' ? text.submit.save : text.submit.pay(owed)}
            isSending={isSending}
            initial={stand.now.owner}
            onSubmit={stand.send}
          />
          <p className="small">{text.privacy}</p>
        </>
      )}
      {data.brand.supportEmail !== null && (
        <p className="small">
          {text.help(data.brand.name)}{' '}
          <a href={`mailto:${data.brand.supportEmail}`}>{data.brand.supportEmail}</a>
        </p>
      )}
    </main>
  )
}

function Purpose({ data, owed }: { readonly data: CardForm; readonly owed: string }) {
  const { brand, oldCard, problem } = data
  const card = oldCard === null ? null : text.cardOf(brandName(oldCard.brand), oldCard.last4)
  if (owed === '') {
    return (
      <>
        <h1>{text.heading}</h1>
        <p>
          {text.nothingOwed(brand.name)} {card !== null && text.replaces(card)}
        </p>
      </>
    )
  }
  return (
    <>
      <h1>{text.heading}</h1>
      <p>
        {text.owed(owed, brand.name)} {card !== null && text.oldCard(card)}{' '}
        {problem !== null && text.why[problem]}
      </p>
    </>
  )
}

function useStand(data: CardForm) {
  const [now, setNow] = useState<Stand>({
    outcome: null,
    isSending: data.isReturning,
    tries: data.tries,
    path: location.pathname.replace(/\/$/, ''),
    forms: 0,
    owner: { name: '', postalCode: '' },
  })
  // State is read when the page is painted next; a second click may come before that.
  const isAsking = useRef(false)

  const ask = useCallback(async (question: () => Promise<Outcome>) => {
    if (isAsking.current) return
    isAsking.current = true
    setNow((before) => ({ ...before, isSending: true, outcome: null }))
    const outcome = await question()
    isAsking.current = false
    setNow((before) => after(before, outcome))
  }, [])

  const { path, tries } = now
  useEffect(() => {
    if (!data.isReturning) return
    // Opened again, it is not from the bank any more.
    history.replaceState(null, '', path)
    void ask(async () => {
      const outcome = await settled(path)
      return outcome.result === 'busy' ? { result: 'offline' } : outcome
    })
    // Once, when the page is opened.
  }, [])

  return {
    now,
    send: (fields: Fields) => {
      const { name, postalCode } = fields
      setNow((before) => ({ ...before, owner: { name, postalCode } }))
      void ask(async () => {
        const outcome = await sendCard(path, fields, tries)
        if (outcome.result === 'busy') return ofOtherCard(await settled(path))
        if (outcome.result !== 'processing') return outcome
        const later = await settled(path)
        // A card that was taken has used the link up; its money is on the way.
        return later.result === 'over' || later.result === 'busy' ? outcome : later
      })
    },
    useOtherCard: () => setNow((before) => ({ ...before, outcome: null })),
  }
}

/** Asks until the bank has answered. Where it is still busy then, nobody has said that a card was taken. */
async function settled(path: string): Promise<Outcome> {
  let outcome: Outcome = { result: 'busy' }
  for (let asked = 0; asked < ASKED_MAX; asked += 1) {
    await new Promise((resolve) => setTimeout(resolve, asked === 0 ? 0 : ASK_AGAIN_MS))
    outcome = await askAgain(path)
    if (outcome.result !== 'processing' && outcome.result !== 'busy') return outcome
  }
  return outcome
}

/** The card of this page went nowhere: another one was given with the link, in another window or by a call whose answer got lost. */
function ofOtherCard(outcome: Outcome): Outcome {
  return outcome.result === 'declined' ? { result: 'busy' } : outcome
}

function after(before: Stand, outcome: Outcome): Stand {
  const next = { ...before, outcome, isSending: false }
  if (outcome.result === 'unavailable') return { ...next, tries: outcome.tries }
  if (outcome.result !== 'declined' && outcome.result !== 'authenticate') return next
  const { tries, path } = outcome
  if (path !== null) history.replaceState(null, '', path)
  // What was mistyped is mended; a card that does not work is replaced.
  const isMended = outcome.result === 'declined' && outcome.problem === 'details'
  const forms = isMended ? before.forms : before.forms + 1
  return { ...next, tries, path: path ?? before.path, forms }
}
