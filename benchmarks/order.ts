// The fixed order that benchmarks are made of: 107 bytes of JSON. One JSON.parse of it is the unit U that costs are told in.

export interface Order {
  readonly id: string
  readonly customer: string
  readonly sku: string
  readonly quantity: number
  readonly price: number
  readonly currency: string
  readonly paid: boolean
}

export const ORDER_TEXT: string =
  '{"id":"o-0012345","customer":"c-471","sku":"SKU-9","quantity":3,"price":19.99,"currency":"EUR","paid":true}'
