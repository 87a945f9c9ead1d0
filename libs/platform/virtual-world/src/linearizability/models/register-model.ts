import type { Answer, Model } from '../model.ts';

/** Registers, each by its key. `undefined`: it has never been written. */
export type RegisterInput =
  | { readonly kind: 'read'; readonly key: string }
  | { readonly kind: 'write'; readonly key: string; readonly value: string }
  | {
      readonly kind: 'compare-and-swap';
      readonly key: string;
      readonly expected: string | undefined;
      readonly value: string;
    };

export type RegisterOutput =
  | { readonly kind: 'read'; readonly value: string | undefined }
  | { readonly kind: 'written' }
  | { readonly kind: 'compared'; readonly isSwapped: boolean };

export type RegisterState = string | undefined;

/** What a linearizable key does that is only read, written, and compared-and-swapped. */
export const registerModel: Model<RegisterState, RegisterInput, RegisterOutput> = {
  initial: undefined,
  step: (state, input, answer) => {
    switch (input.kind) {
      case 'read':
        return agrees(answer, (output) => output.kind === 'read' && output.value === state) ? [state] : [];
      case 'write':
        return agrees(answer, ({ kind }) => kind === 'written') ? [input.value] : [];
      case 'compare-and-swap': {
        const isSwapped = state === input.expected;
        const isAnswered = agrees(answer, (output) => output.kind === 'compared' && output.isSwapped === isSwapped);
        return isAnswered ? [isSwapped ? input.value : state] : [];
      }
    }
  },
  key: (state) => (state === undefined ? 'absent' : `=${state}`),
  isRead: ({ kind }) => kind === 'read',
  partOf: ({ key }) => key,
  leaves: (input) => (input.kind === 'read' ? [] : [input.value]),
  shows: (_input, output) => (output.kind === 'read' && output.value !== undefined ? [output.value] : []),
  describeInput: (input) => {
    if (input.kind === 'read') return `read ${input.key}`;
    if (input.kind === 'write') return `write ${input.key} ${input.value}`;
    return `compare-and-swap ${input.key} ${input.expected ?? 'absent'} → ${input.value}`;
  },
  describeOutput: (output) => {
    if (output.kind === 'read') return output.value ?? 'absent';
    return output.kind === 'written' ? 'ok' : output.isSwapped ? 'swapped' : 'not swapped';
  },
};

function agrees(answer: Answer<RegisterOutput>, isRight: (output: RegisterOutput) => boolean): boolean {
  return answer === 'unknown' || isRight(answer.output);
}
