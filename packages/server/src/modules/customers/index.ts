export { createCustomer, createCustomers } from './create-customer.ts'
export { createOrUpdateCustomer } from './create-or-update-customer.ts'
export type { Customer, CustomerChange, NewCustomer } from './customer.ts'
export { customerErrors } from './errors.ts'
export {
  findCustomer,
  findCustomers,
  listCustomers,
  lockCustomer,
  lockCustomerShared,
  lockCustomersShared,
} from './queries.ts'
export { type CustomerHooks, customersRoutes } from './routes.ts'
export { customerDetailFields, toCustomerChange } from './schemas.ts'
export { updateCustomer } from './update-customer.ts'
