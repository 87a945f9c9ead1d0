export { createAuthenticate, type Authenticate } from './session/authenticate.ts';
export {
  orderList,
  orderOf,
  OutOfStockError,
  placeOrder,
  statusOf,
  type OrderPage,
  type OrderRequest,
} from './orders.ts';
export {
  answering,
  answerTo,
  type Answer,
  type AnsweringOptions,
  type AnswerToOptions,
  type Route,
  type SendBody,
  type Told,
} from './parts/answering.ts';
export { KeptAnswers, type AskedFor, type KeptAnswer, type KeptAnswersOptions } from './parts/kept-answers.ts';
export { missingView, OPTIONAL_PARTS, withMissing, type OptionalPart } from './parts/missing.ts';
export {
  DeadlinePassedError,
  MalformedAnswerError,
  PartFailedError,
  PartTooLateError,
  PartUnavailableError,
} from './parts/part-errors.ts';
export { PartScope, type PartScopeOptions } from './parts/part-scope.ts';
export { problemView, SHOP_PROBLEMS } from './problem.ts';
export {
  idempotencyKey,
  loginBody,
  noQuery,
  orderBody,
  orderListQuery,
  productListQuery,
  unquoted,
} from './requests.ts';
export { runBackend, type BackendContext } from './run-backend.ts';
export { PRODUCT_SORTS, searchRequest, type ProductQuery, type ProductSort } from './search.ts';
export { createShopServices, SERVICES, type Part, type ShopServices } from './services.ts';
export { sessionView, type SessionView } from './session/session-view.ts';
export { createSessions, SessionRequiredError, type Sessions } from './session/sessions.ts';
export { backendSettings, type BackendSettings } from './settings.ts';
export { moneyView, viewOfMoney, type MoneyView } from './views/money.ts';
export { timeView, viewOfTime } from './views/time.ts';
