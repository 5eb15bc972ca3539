import { type ReactNode, useEffect, useRef } from 'react'

type Props = {
  readonly tone: 'good' | 'bad' | 'neutral'
  readonly heading: string
  readonly children?: ReactNode
  /** Nothing else is left on the page, so this is what it is about. */
  readonly isAll?: boolean
}

const SIGNS = {
  good: <path d="M4 12.5l5 5L20 6.5" />,
  bad: <path d="M12 5v9M12 18.5v.5" />,
  neutral: (
    <>
      <circle cx="12" cy="12" r="9.5" />
      <path d="M12 6.5V12l3.5 2.5" />
    </>
  ),
} as const

/** What happened. It takes the focus, so that it is read out and the next key goes on from here. */
export function Notice({ tone, heading, children, isAll = false }: Props) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    box.current?.focus()
  }, [heading])
  const Heading = isAll ? 'h1' : 'h2'
  return (
    <div
      className={`notice ${tone}`}
      ref={box}
      tabIndex={-1}
      role={tone === 'bad' ? 'alert' : 'status'}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        {SIGNS[tone]}
      </svg>
      <div>
        <Heading>{heading}</Heading>
        {children}
      </div>
    </div>
  )
}
