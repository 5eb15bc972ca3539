export { createCustomer, createCustomers } from './create-customer.ts'
export type { Customer, NewCustomer } from './customer.ts'
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
export { updateCustomer } from './update-customer.ts'
