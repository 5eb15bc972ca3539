import { type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react'

type Props = {
  readonly id: string
  readonly label: string
  readonly value: string
  readonly error: string | null
  readonly hint?: string
  readonly autoComplete: string
  readonly inputMode?: 'numeric' | 'text'
  readonly maxLength?: number
  /** What stands inside the field at its end, such as the brand of a card. */
  readonly badge?: ReactNode
  readonly isDisabled: boolean
  readonly inputRef: RefObject<HTMLInputElement | null>
  /** The caret's place in the text that was typed; gives the text to show and the caret's place in it. */
  readonly onType: (typed: string, caret: number) => number | null
  readonly onLeave: () => void
}

/** A label, a text field, and what is wrong with it, tied together for screen readers. */
export function Field(props: Props) {
  const { id, label, value, error, hint, badge, inputRef, onType } = props
  const caret = useRef<number | null>(null)
  // Rewriting what is typed would throw the caret to the end.
  useLayoutEffect(() => {
    if (caret.current !== null) inputRef.current?.setSelectionRange(caret.current, caret.current)
    caret.current = null
  })
  // What is wrong says what is wanted as well.
  const saysHint = hint !== undefined && error === null
  const describedBy = error !== null ? `${id}-error` : saysHint ? `${id}-hint` : undefined
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="box" data-wrong={error !== null}>
        <input
          ref={inputRef}
          id={id}
          name={id}
          value={value}
          autoComplete={props.autoComplete}
          inputMode={props.inputMode ?? 'text'}
          maxLength={props.maxLength}
          autoCapitalize="off"
          autoCorrect="off"
          spellCheck={false}
          required
          readOnly={props.isDisabled}
          aria-invalid={error !== null}
          aria-describedby={describedBy}
          onChange={({ target }) => {
            caret.current = onType(target.value, target.selectionStart ?? target.value.length)
          }}
          onBlur={props.onLeave}
        />
        {badge}
      </div>
      {saysHint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== null && (
        <p className="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  )
}
