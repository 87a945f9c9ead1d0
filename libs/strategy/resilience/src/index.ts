export { backoff, type BackoffOptions } from './backoff.ts';
export { createRetryBudget, RETRY_BUDGET_DEFAULTS, type RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
