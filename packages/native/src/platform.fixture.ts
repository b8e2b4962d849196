/**
 * Doubles of the platform below expo-web-browser: its native module, and React Native's AppState and Linking. The real expo-web-browser
 * runs on them, and a test plays the cardholder.
 */

type Listener = (value: unknown) => void;

export const platform = {
  OS: 'ios' as 'ios' | 'android',
  /** Every call to the native module: its name and arguments. */
  calls: [] as (readonly [name: string, ...args: unknown[]])[],
  /** iOS: ends the ASWebAuthenticationSession with this result. */
  endSession: (_result: unknown): void => {},
  failSession: (_error: unknown): void => {},
  /** Android: the system opens a link in the app. */
  openLink: (url: string): void => emit('url', { url }),
  /** Android: the app comes to the foreground. */
  comeToFront: (): void => emit('change', 'active'),
  reset(os: 'ios' | 'android'): void {
    platform.OS = os;
    platform.calls = [];
    listeners.clear();
  },
};

const listeners = new Map<string, Set<Listener>>();

function emit(event: string, value: unknown): void {
  for (const listener of listeners.get(event) ?? []) listener(value);
}

function addEventListener(event: string, listener: Listener): { remove(): void } {
  const known = listeners.get(event) ?? new Set();
  listeners.set(event, known.add(listener));
  return { remove: () => void known.delete(listener) };
}

const nativeModule = {
  openAuthSessionAsync: (...args: unknown[]) => {
    platform.calls.push(['openAuthSessionAsync', ...args]);
    return new Promise((resolve, reject) => {
      platform.endSession = resolve;
      platform.failSession = reject;
    });
  },
  openBrowserAsync: async (...args: unknown[]) => {
    platform.calls.push(['openBrowserAsync', ...args]);
    return { type: 'opened' };
  },
};

/** Replaces `react-native`. */
export const reactNative = {
  AppState: { currentState: 'active', addEventListener },
  Linking: { addEventListener },
  Platform: {
    get OS() {
      return platform.OS;
    },
  },
  processColor: (color: unknown) => color,
};

/** Replaces `expo-modules-core`. */
export const expoModulesCore = {
  requireNativeModule: () => nativeModule,
  UnavailabilityError: Error,
};
