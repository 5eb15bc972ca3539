import { type RefObject, useRef, useState } from 'react'
import { caretAfter, digitsOf, findBrand, formatCardNumber } from './card-number.ts'
import {
  checkField,
  EMPTY,
  FIELD_ORDER,
  type FieldName,
  type Fields,
  formatExpiry,
} from './check-card.ts'
import { Field } from './field.tsx'
import type { CardForm } from './page-data.ts'
import { postalCodeLabel, text } from './text.ts'

type Props = {
  readonly postalCode: CardForm['postalCode']
  readonly submitLabel: string
  readonly isSending: boolean
  /** What stands in it at first: of the owner, never of a card. */
  readonly initial: Pick<Fields, 'name' | 'postalCode'>
  readonly onSubmit: (fields: Fields) => void
}

type Refs = Readonly<Record<FieldName, RefObject<HTMLInputElement | null>>>

/** The form of a card. A field is judged when it is left or sent, and again with every key once it was wrong. */
export function CardFields(props: Props) {
  const { postalCode, submitLabel, isSending, initial, onSubmit } = props
  const [fields, setFields] = useState<Fields>({ ...EMPTY, ...initial })
  const [judged, setJudged] = useState<ReadonlySet<FieldName>>(new Set())
  const refs: Refs = {
    number: useRef(null),
    expiry: useRef(null),
    code: useRef(null),
    name: useRef(null),
    postalCode: useRef(null),
  }
  const errorOf = (field: FieldName): string | null =>
    checkField(field, fields, { postalCode, today: new Date() })
  const brand = findBrand(digitsOf(fields.number))
  const codeLength = brand?.codeLength ?? 4

  const submit = () => {
    setJudged(new Set(FIELD_ORDER))
    const wrong = FIELD_ORDER.find((field) => errorOf(field) !== null)
    if (wrong === undefined) onSubmit(fields)
    else refs[wrong].current?.focus()
  }

  const propsOf = (field: FieldName, toShown: (typed: string) => string) => ({
    value: fields[field],
    error: judged.has(field) ? errorOf(field) : null,
    isDisabled: isSending,
    inputRef: refs[field],
    onType: (typed: string, caret: number): number | null => {
      const shown = toShown(typed)
      setFields((before) => ({ ...before, [field]: shown }))
      if (shown === typed) return null
      return field === 'number' ? caretAfter(shown, digitsOf(typed.slice(0, caret)).length) : shown.length // prettier-ignore
    },
    // Whoever only passes through is not told off.
    onLeave: () => {
      if (fields[field] !== '') setJudged((before) => new Set(before).add(field))
    },
  })

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!isSending) submit()
      }}
    >
      <Field
        id="number"
        label={text.fields.number}
        autoComplete="cc-number"
        inputMode="numeric"
        badge={brand !== null && <span className="brand-badge">{brand.name}</span>}
        {...propsOf('number', formatCardNumber)}
      />
      <div className="pair">
        <Field
          id="expiry"
          label={text.fields.expiry}
          hint={text.fields.expiryHint}
          autoComplete="cc-exp"
          inputMode="numeric"
          {...propsOf('expiry', (typed) => formatExpiry(typed, fields.expiry))}
        />
        <Field
          id="code"
          label={text.fields.code}
          hint={brand?.codeLength === 4 ? text.fields.codeFourHint : text.fields.codeThreeHint}
          autoComplete="cc-csc"
          inputMode="numeric"
          {...propsOf('code', (typed) => digitsOf(typed).slice(0, codeLength))}
        />
      </div>
      <Field
        id="name"
        label={text.fields.name}
        autoComplete="cc-name"
        maxLength={100}
        {...propsOf('name', (typed) => typed)}
      />
      {postalCode !== 'none' && (
        <Field
          id="postal-code"
          label={postalCodeLabel(postalCode)}
          autoComplete="billing postal-code"
          inputMode={postalCode === 'zip' ? 'numeric' : 'text'}
          maxLength={10}
          {...propsOf('postalCode', (typed) => typed)}
        />
      )}
      <button type="submit" className="main-button" aria-disabled={isSending}>
        {isSending && <span className="spinner" aria-hidden="true" />}
        {isSending ? text.submit.busy : submitLabel}
      </button>
    </form>
  )
}
