import './style.css'
import { type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { BackFromBank, GoToBank } from './bank.tsx'
import { brandColors } from './brand-colors.ts'
import { LinkOverText } from './link-over.tsx'
import type { PageData } from './page-data.ts'
import { UpdateCard } from './update-card.tsx'

// The service of the same release wrote it.
const data = JSON.parse(document.querySelector('#page-data')?.textContent ?? '') as PageData
const root = document.querySelector('#page')
if (root === null) throw new Error('the page has a place for its contents')

if (data.kind === 'card_form') {
  // Set from here, because the page's policy allows no style in its markup.
  const colors = brandColors(data.brand.color)
  for (const [name, color] of Object.entries(colors))
    document.documentElement.style.setProperty(`--brand-${name}`, color)
}

createRoot(root).render(<StrictMode>{pageOf(data)}</StrictMode>)

function pageOf(shown: PageData): ReactNode {
  switch (shown.kind) {
    case 'card_form':
      return <UpdateCard data={shown} />
    case 'bank_form':
      return <GoToBank data={shown} />
    case 'bank_over':
      return <BackFromBank />
    case 'link_over':
      return <LinkOverText reason={shown.reason} />
    default:
      return shown satisfies never
  }
}
