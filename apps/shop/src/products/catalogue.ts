/** The shop's products. */
import type { TextName } from '../language.ts';

export interface Product {
  readonly productId: string;
  readonly name: TextName;
  readonly description: TextName;
  /** In cents of {@link CURRENCY}. */
  readonly price: number;
  /** SVG, inserted into the page without escaping. */
  readonly picture: string;
  /** The background of the picture: a class of the style sheet. */
  readonly tone: 'clay' | 'sage' | 'honey' | 'dusk' | 'oat' | 'sea';
}

export const CURRENCY = 'USD';
const CENTS = 100;

/** The amount as a decimal: `42.00`. */
export function amountOf(cents: number): string {
  return `${Math.trunc(cents / CENTS)}.${String(cents % CENTS).padStart(2, '0')}`;
}

const svg = (shapes: string) =>
  `<svg viewBox="0 0 200 200" aria-hidden="true" focusable="false"><ellipse cx="100" cy="172" rx="64" ry="9" fill="#000" opacity=".1"/>${shapes}</svg>`;

export const PRODUCTS: readonly Product[] = [
  {
    productId: 'mug',
    name: 'product.mug.name',
    description: 'product.mug.description',
    price: 1800,
    tone: 'clay',
    picture: svg(
      `<path d="M138 92c26-6 38 8 34 26-3 16-18 26-38 24" fill="none" stroke="#b9674a" stroke-width="12" stroke-linecap="round"/><path d="M50 72h94l-6 82c-1 10-8 16-18 16H74c-10 0-17-6-18-16z" fill="#c9795a"/><path d="M50 72h94l-3 38c-20 12-34-6-50 2-14 7-26 4-38-2z" fill="#f3e4d2"/><ellipse cx="97" cy="72" rx="47" ry="11" fill="#e6cfb6"/><ellipse cx="97" cy="73" rx="38" ry="7.500" fill="#5b3526"/><path d="M84 50c-8-10 8-14 0-26M108 52c-8-10 8-14 0-26" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" opacity=".75"/>`,
    ),
  },
  {
    productId: 'pourover',
    name: 'product.pourover.name',
    description: 'product.pourover.description',
    price: 5600,
    tone: 'sage',
    picture: svg(
      `<path d="M62 34h76l-28 58h-20z" fill="#fff" opacity=".85"/><path d="M72 40h56l-14 30H86z" fill="#6b4331"/><path d="M84 88h32v18H84z" fill="#b98a58"/><path d="M88 92h4v12h-4z" fill="#8e6438"/><path d="M88 106h24c4 20 34 26 34 48 0 10-7 17-17 17H71c-10 0-17-7-17-17 0-22 30-28 34-48z" fill="#fff" opacity=".75"/><path d="M62 142c12-8 28 5 42 0s20-5 34 0c4 4 6 8 6 12 0 9-6 15-15 15H71c-9 0-15-6-15-15 0-4 2-8 6-12z" fill="#7d4f38"/>`,
    ),
  },
  {
    productId: 'candle',
    name: 'product.candle.name',
    description: 'product.candle.description',
    price: 1450,
    tone: 'honey',
    picture: svg(
      `<path d="M100 22c14 18 14 30 0 40-14-10-14-22 0-40z" fill="#fff3c4"/><path d="M100 36c7 10 7 18 0 24-7-6-7-14 0-24z" fill="#f08a24"/><path d="M100 58v16" stroke="#4a3413" stroke-width="4" stroke-linecap="round"/><rect x="68" y="72" width="64" height="98" rx="10" fill="#e8ab36"/><path d="M68 84c0-8 5-12 12-12h40c7 0 12 4 12 12v8c-8 8-12-2-20 4s-8 16-16 8-16-2-28-6z" fill="#f6cb6a"/><path d="M82 112l9-5 9 5v10l-9 5-9-5zM100 128l9-5 9 5v10l-9 5-9-5z" fill="none" stroke="#c4861c" stroke-width="3"/>`,
    ),
  },
  {
    productId: 'throw',
    name: 'product.throw.name',
    description: 'product.throw.description',
    price: 8900,
    tone: 'dusk',
    picture: svg(
      `<rect x="40" y="62" width="120" height="34" rx="15" fill="#f4ede2"/><rect x="36" y="92" width="128" height="38" rx="16" fill="#d9ccbb"/><rect x="32" y="126" width="136" height="42" rx="17" fill="#f4ede2"/><path d="M52 66v26M70 64v30M130 64v30M148 66v26M46 132v32M64 129v36M136 129v36M154 132v32" stroke="#6c7a99" stroke-width="5"/><path d="M58 98v26M142 98v26" stroke="#f4ede2" stroke-width="5"/>`,
    ),
  },
  {
    productId: 'tray',
    name: 'product.tray.name',
    description: 'product.tray.description',
    price: 3700,
    tone: 'oat',
    picture: svg(
      `<path d="M28 118h144l-10 42c-2 7-6 10-13 10H51c-7 0-11-3-13-10z" fill="#a8763f"/><path d="M22 108h156c5 0 8 3 8 7s-3 7-8 7H22c-5 0-8-3-8-7s3-7 8-7z" fill="#c89455"/><path d="M62 136h76" stroke="#7c5227" stroke-width="9" stroke-linecap="round"/><path d="M60 108c0-22 10-34 28-34s28 12 28 34z" fill="#fff"/><circle cx="88" cy="88" r="10" fill="#f2b233"/><path d="M128 70h26l-4 38h-18z" fill="#fff" opacity=".85"/><path d="M130 84h22l-2 24h-18z" fill="#f28c4a"/>`,
    ),
  },
  {
    productId: 'apron',
    name: 'product.apron.name',
    description: 'product.apron.description',
    price: 4200,
    tone: 'sea',
    picture: svg(
      `<path d="M78 30c6 16 38 16 44 0" fill="none" stroke="#2f5c63" stroke-width="8"/><path d="M74 30h52c2 24 8 36 30 44v88c0 6-3 8-8 8H52c-5 0-8-2-8-8V74c22-8 28-20 30-44z" fill="#4f8a91"/><path d="M44 92 26 106M156 92l18 14" stroke="#2f5c63" stroke-width="8" stroke-linecap="round"/><path d="M74 106h52v34c0 6-4 10-10 10H84c-6 0-10-4-10-10z" fill="#3c727a"/><path d="M108 86v32" stroke="#e9d7b4" stroke-width="6" stroke-linecap="round"/><ellipse cx="108" cy="82" rx="8" ry="12" fill="#e9d7b4"/>`,
    ),
  },
];

export function findProduct(productId: string): Product | undefined {
  return PRODUCTS.find((product) => product.productId === productId);
}
