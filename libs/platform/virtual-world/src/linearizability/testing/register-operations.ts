import type { RecordedOperation } from '../../history/history.ts';
import type { RegisterInput, RegisterOutput } from '../models/register-model.ts';
import { operation } from './script.ts';

export type Operation = RecordedOperation<RegisterInput, RegisterOutput>;

/** Of every operation made here. */
export const key = 'x';

/** Pictures as in `script.ts`. */
export const write = (picture: string, value: string): Operation =>
  operation(picture, { kind: 'write', key, value }, { kind: 'written' });
export const read = (picture: string, value: string | undefined): Operation =>
  operation(picture, { kind: 'read', key }, { kind: 'read', value });
export const swap = (picture: string, expected: string | undefined, value: string, isSwapped: boolean): Operation =>
  operation(picture, { kind: 'compare-and-swap', key, expected, value }, { kind: 'compared', isSwapped });

/** It has certainly not happened. */
export const lost = (operation: Operation): Operation => ({ ...operation, outcome: { kind: 'failed' } });
