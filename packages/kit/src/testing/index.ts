/** For tests only: the shared parts of both kits' network doubles. */
export type { EventControls, EventToMake } from './event-double.ts';
export {
  type BindingToHold,
  createLifecycleDouble,
  type LifecycleControls,
  type LifecycleDouble,
} from './lifecycle-double.ts';
export {
  type AnswerSigned,
  buildCallback,
  buildRefusal,
  type CallbackOfDouble,
  callbackRules,
  type DoubleAnswer,
  type DoubleParts,
  type Fault,
  lastSession,
  type NetworkDoubleControls,
  type ReceivedCall,
  type SessionOfDouble,
  type SignedCallOfDouble,
  startDouble,
} from './network-double.ts';
