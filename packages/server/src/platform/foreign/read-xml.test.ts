import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readXml } from './read-xml.ts'

function plain(text: string): unknown {
  const read = readXml(text)
  return read === null ? null : JSON.parse(JSON.stringify(read))
}

test('elements become fields, by the types that they carry', () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
    <transaction><order-id nil="true"/><amount>12.30</amount><count type="integer">3</count>
      <recurring type="boolean">false</recurring><refund-ids type="array"><item>a</item><item>b</item></refund-ids>
      <none type="array"/><customer><id>7 &amp; &#60;8&#x3E;</id></customer><note><![CDATA[a < b]]></note></transaction>`
  assert.deepEqual(plain(xml), {
    transaction: {
      order_id: null,
      amount: '12.30',
      count: 3,
      recurring: false,
      refund_ids: ['a', 'b'],
      none: [],
      customer: { id: '7 & <8>' },
      note: 'a < b',
    },
  })
})

test('elements of one name become a list, one alone stays one', () => {
  assert.deepEqual(plain('<all type="collection"><x>1</x><y>2</y><x>3</x></all>'), {
    all: { x: ['1', '3'], y: '2' },
  })
})

test('what is no such XML is nothing', () => {
  const rows = [
    '',
    '{}',
    '<a>',
    '<a></b>',
    '</a>',
    '<a/><b/>',
    '<a/>tail',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    '<a'.repeat(10),
    '<a>'.repeat(100) + '</a>'.repeat(100),
    '<a><b></a></b>',
  ]
  for (const text of rows) assert.equal(readXml(text), null, text.slice(0, 40))
})

test('no text makes the reader stumble', () => {
  const pieces = fc.constantFrom('<a>', '</a>', '<b x="1">', '</b>', '<c/>', '&amp;', '&#x110000;', 'text', '<', '>', '"', '<![CDATA[', ']]>', '<!--', '__proto__', '<__proto__>', '</__proto__>') // prettier-ignore
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (list) => {
      readXml(list.join(''))
    }),
  )
})
