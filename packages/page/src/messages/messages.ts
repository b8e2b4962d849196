/** Every sentence of the page: one file a language, all of this shape, with the same `{placeholders}`. */

export interface Messages {
  readonly loading: string;
  readonly requestedBy: string;
  readonly createHeading: string;
  readonly createText: string;
  readonly useHeading: string;
  readonly useText: string;
  readonly accounts: string;
  readonly cardEnding: string;
  readonly email: string;
  readonly mobile: string;
  readonly moreAccounts: string;
  readonly privacy: string;
  readonly createAction: string;
  readonly createAnotherAction: string;
  readonly useAction: string;
  readonly useAnotherAction: string;
  readonly declineAction: string;
  readonly workingHeading: string;
  readonly workingText: string;
  readonly savingHeading: string;
  readonly savingText: string;
  readonly enrolledHeading: string;
  readonly returningHeading: string;
  readonly returningToHeading: string;
  readonly returningText: string;
  readonly continueAction: string;
  readonly continueToAction: string;
  readonly unsupportedHeading: string;
  readonly unsupportedText: string;
  readonly noLockHeading: string;
  readonly noLockText: string;
  readonly goBackAction: string;
  readonly framedHeading: string;
  readonly framedText: string;
  readonly stoppedHeading: string;
  readonly incompleteText: string;
  readonly expiredText: string;
  readonly failedText: string;
  readonly unavailableHeading: string;
  readonly unavailableText: string;
  readonly retryAction: string;
  readonly code: string;
}
