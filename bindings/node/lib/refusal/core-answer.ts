// What the core answers, beside an error that has the answer of the original.

/** What the core answers, for those who want its words. */
export interface CoreAnswer {
  status: number;
  code: string;
  headers: Record<string, string | string[]>;
}

const coreAnswers = new WeakMap<Error, CoreAnswer>();

export function noteCoreAnswer(error: Error, answer: CoreAnswer): void {
  coreAnswers.set(error, answer);
}

export function coreAnswerOf(error: Error): CoreAnswer | undefined {
  return coreAnswers.get(error);
}
