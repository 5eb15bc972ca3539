import type { CardForm, LinkOver, NotCharged, Problem } from './page-data.ts'

/** Every sentence of the page, in one place. */
export const text = {
  heading: 'Update your card',
  owed: (amount: string, merchant: string) => `Your payment of ${amount} to ${merchant} did not go through.`, // prettier-ignore
  nothingOwed: (merchant: string) => `Add the card that ${merchant} should use for your payments from now on.`, // prettier-ignore
  oldCard: (card: string) => `It was tried on ${card}.`,
  replaces: (card: string) => `It takes the place of ${card}.`,
  and: ' and ',
  cardOf: (brand: string | null, last4: string) => last4 === '' ? 'your new card' : `${brand ?? 'the card'} ending in ${last4}`, // prettier-ignore
  why: {
    expired: 'The card has expired.',
    funds: 'There were not enough funds.',
    details: 'The card details did not fit.',
    authentication: 'Your bank wants you to confirm the payment.',
    declined: 'Your bank declined it.',
  } satisfies Record<Problem, string>,
  fields: {
    number: 'Card number',
    expiry: 'Expiry date',
    expiryHint: 'Month / year',
    code: 'Security code',
    codeThreeHint: '3 digits on the back',
    codeFourHint: '4 digits on the front',
    name: 'Name on card',
    zip: 'ZIP code',
    postcode: 'Postal code',
  },
  submit: {
    pay: (amount: string) => `Save card and pay ${amount}`,
    save: 'Save card',
    busy: 'One moment…',
  },
  privacy: 'Your card number goes encrypted to the payment gateway and is not kept here.',
  help: (merchant: string) => `Questions? Write to ${merchant}:`,
  errors: {
    numberMissing: 'Enter the card number.',
    numberShort: 'The card number is not complete.',
    numberWrong: 'Check the card number: a digit seems to be wrong.',
    expiryMissing: 'Enter the expiry date.',
    expiryWrong: 'Enter month and year, such as 08 / 29.',
    expiryPast: 'This card has expired. Use another card.',
    codeMissing: 'Enter the security code.',
    codeThree: 'The security code has 3 digits.',
    codeFour: 'The security code has 4 digits, on the front of the card.',
    nameMissing: 'Enter the name on the card.',
    zipMissing: 'Enter the ZIP code of your billing address.',
    zipWrong: 'A ZIP code has 5 digits.',
    postcodeMissing: 'Enter the postal code of your billing address.',
    postcodeWrong: 'Check the postal code.',
  },
  declined: {
    heading: 'The card was declined',
    savedHeading: 'The payment did not go through',
    saved: 'Your new card is saved, but the payment could not be taken from it.',
    nothingTaken: 'Nothing was charged.',
    advice: {
      expired: 'This card has expired. Please use another card.',
      funds: 'There are not enough funds on this card. Use another card, or try again later.',
      details: 'Check the number, the date and the security code, and try again.',
      authentication: 'Your bank did not confirm that it was you. Try again, or use another card.',
      declined: 'Your bank declined this card. Use another card, or ask your bank why.',
    } satisfies Record<Problem, string>,
  },
  unavailable: {
    heading: 'That did not work',
    body: 'Cards cannot be taken here at the moment. Nothing was charged. Please try again in a few minutes.',
  },
  offline: {
    heading: 'No answer',
    body: 'The connection was lost. Open this page again before you try once more: your card may have been taken.',
  },
  busy: {
    heading: 'Another card was given',
    body: 'A card was given with this link since you opened this page, so the one you have just typed was not used. Open the page again to see how things stand.',
  },
  again: 'Open this page again',
  authenticate: {
    heading: 'Confirm with your bank',
    body: 'Your bank wants to know that it is you. You come back here afterwards.',
    go: 'Go to your bank',
    other: 'Use another card',
    checking: 'Asking your bank…',
  },
  bank: {
    heading: 'Confirm with your bank',
    body: 'Your bank wants to know that it is you. You come back afterwards.',
    go: 'Go to your bank',
    overHeading: 'Your bank has answered',
    overBody: 'You can close this page and go back to where you came from.',
  },
  paid: {
    heading: 'Thank you, your payment went through',
    body: (amount: string, merchant: string) => `${merchant} has received ${amount}.`,
  },
  saved: {
    heading: 'Your card is saved',
    notCharged: {
      settled: 'Nothing was charged: by now nothing is owed any more.',
      on_its_way: 'Nothing was charged: another payment of what you owe is on its way already.',
      later: 'Nothing was charged yet. What you owe is taken from this card as soon as possible; you need not do anything else.', // prettier-ignore
      told: 'Nothing was charged now. The new card was passed on, and what you owe will be asked for from there.',
    } satisfies Record<NotCharged, string>,
  },
  processing: {
    heading: 'Your bank is working on it',
    body: 'Your card was taken. The payment is being made and may take some minutes. You need not do anything else.',
  },
  next: (card: string) => `From now on ${card} is used for your payments.`,
  close: 'You can close this page.',
  over: {
    unknown: {
      heading: 'This link does not lead anywhere',
      body: 'Check that you have the whole link from your message, or ask for a new one.',
    },
    used: {
      heading: 'This link was used before',
      body: 'If it was you who gave a new card, there is nothing left to do. Otherwise ask for a new link.',
    },
    expired: {
      heading: 'This link has expired',
      body: 'For your safety it worked for a limited time. Please ask for a new one.',
    },
    too_many: {
      heading: 'This link is locked',
      body: 'Too many cards were tried. Please ask for a new link, or for another way to pay.',
    },
    away: {
      heading: 'This page cannot be shown right now',
      body: 'This is not because of you. Please open the link again in a minute.',
    },
  } satisfies Record<LinkOver['reason'], { heading: string; body: string }>,
} as const

export function postalCodeLabel(kind: CardForm['postalCode']): string {
  return kind === 'zip' ? text.fields.zip : text.fields.postcode
}
