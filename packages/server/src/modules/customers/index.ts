export { createCustomer, createCustomers } from './create-customer.ts'
export type { Customer, CustomerDetails, NewCustomer } from './customer.ts'
export { customerErrors } from './errors.ts'
export { type OnCustomerDeleted, deleteCustomer } from './delete-customer.ts'
export {
  findCustomer,
  findCustomerEmails,
  findCustomers,
  listCustomers,
  lockCustomer,
  lockCustomerShared,
  lockCustomersShared,
} from './queries.ts'
export { type CustomerHooks, customersRoutes } from './routes.ts'
export { updateCustomer } from './update-customer.ts'
