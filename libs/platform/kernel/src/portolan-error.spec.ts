import { PortolanError, type ErrorKind } from './portolan-error.ts';

class HarbourClosedError extends PortolanError {
  readonly code = 'TEST_HARBOUR_CLOSED';
  readonly kind: ErrorKind = 'unavailable';
}

describe('PortolanError', () => {
  it('carries code, kind, fix, context and cause, and is named after its class', () => {
    const cause = new Error('storm');
    const error = new HarbourClosedError('harbour 7 is closed', { fix: 'wait', context: { harbour: 7 }, cause });
    expect(error).toMatchObject({ name: 'HarbourClosedError', code: 'TEST_HARBOUR_CLOSED', fix: 'wait', cause });
    expect(error.context).toEqual({ harbour: 7 });
  });

  it('has no cause of its own when none is given', () => {
    expect('cause' in new HarbourClosedError('closed', { fix: 'wait' })).toBe(false);
  });
});
