import { useState } from 'react'
import type { Brand } from './page-data.ts'

/** The merchant's logo and name; a lock where there is no logo, or none that loads. */
export function Merchant({ brand }: { readonly brand: Brand }) {
  const [isBroken, setIsBroken] = useState(false)
  return (
    <header>
      {brand.logoUrl === null || isBroken ? (
        <svg className="lock" viewBox="0 0 24 24" aria-hidden="true">
          <rect x="4" y="10.5" width="16" height="10" rx="2.5" />
          <path d="M7.5 10.5V7.5a4.5 4.5 0 0 1 9 0v3" />
        </svg>
      ) : (
        <img src={brand.logoUrl} alt="" onError={() => setIsBroken(true)} />
      )}
      <p className="merchant">{brand.name}</p>
    </header>
  )
}
