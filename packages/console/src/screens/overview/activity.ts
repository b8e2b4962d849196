/** One kind of sessions over the chosen time: the numbers that matter, the chart, the funnel, the ends and their reasons. */
import type { KindActivity, Overview, Rates, SessionKind, SessionsLink } from '@payment-passkeys/protocol/console';
import { REASON_TEXTS } from '@payment-passkeys/protocol/console';
import { html, nothing, type TemplateResult } from 'lit';
import { formatDuration, formatNumber, formatShare } from '../../language.ts';
import { type Bar, bars } from '../../parts/bars.ts';
import { breakable } from '../../parts/id.ts';
import { table } from '../../parts/table.ts';
import { momentOf } from '../../parts/time.ts';
import { withQuery } from '../../router.ts';
import { readable } from './series.ts';
import { say, sayCount } from './texts.ts';

interface ActivityOptions {
  readonly kind: SessionKind;
  readonly title: string;
  readonly overview: Overview;
  readonly of: KindActivity;
}

export function activity({ kind, title, overview, of }: ActivityOptions): TemplateResult {
  const { funnel, outcomes, reasons, steppedUp } = of;
  const started = funnel[0]?.sessions ?? 0;
  const heads = [say('name'), say('sessions'), say('share')] as const;
  const share = (sessions: number) => sessions / started;
  const ended: readonly Bar[] = outcomes
    .filter(({ sessions }) => sessions > 0)
    .map(({ outcome, sessions, link }) => ({
      label: say(`outcome.${outcome}`),
      count: sessions,
      share: share(sessions),
      href: sessionsPath(link),
      tone: TONES[outcome] ?? 'quiet',
    }));
  const stepped = steppedUp === 0 ? nothing : html`<p class="hint">${sayCount('steppedUp', steppedUp)}</p>`;
  if (started === 0) {
    return html`<section class="panel activity" aria-labelledby=${kind}>
      <h2 id=${kind}>${title}</h2>
      <p class="soft">${say(kind === 'PAYMENT' ? 'noPayments' : 'noEnrolments')}</p>
      ${stepped}
    </section>`;
  }
  return html`<section class="panel activity" aria-labelledby=${kind}>
    <h2 id=${kind}>${title}</h2>
    ${keyNumbers(of)}
    ${chart(title, overview, of, kind)}
    <h3>${say('funnel')}</h3>
    ${bars({
      label: say('funnel'),
      heads,
      rows: funnel.map(({ step, sessions, link }) => ({
        label: step === 'SUCCEEDED' ? say(`step.SUCCEEDED.${kind}`) : say(`step.${step}`),
        count: sessions,
        share: share(sessions),
        href: sessionsPath(link),
      })),
    })}
    <h3>${say('outcomes')}</h3>
    ${bars({ label: say('outcomes'), heads, rows: ended })}
    <h3>${say('reasons')}</h3>
    ${
      reasons.length === 0
        ? html`<p class="soft">${say('noReasons')}</p>`
        : bars({
            label: say('reasons'),
            heads,
            rows: reasons.map(({ reason, sessions, link }) => ({
              label: html`${REASON_TEXTS[reason]} <code class="soft">${breakable(reason)}</code>`,
              count: sessions,
              share: share(sessions),
              length: sessions / (reasons[0]?.sessions ?? 1),
              href: sessionsPath(link),
              tone: reason === 'USER_CANCELLATION' ? 'quiet' : 'bad',
            })),
          })
    }
    ${stepped}
  </section>`;
}

const TONES: Readonly<Record<string, Bar['tone']>> = { SUCCEEDED: 'good', FAILED: 'bad', UNBOUND: 'bad' };

/** The address of the sessions that a number counts. */
export function sessionsPath(link: SessionsLink): string {
  return withQuery('/sessions', link);
}

function keyNumbers({ funnel, rates, ratesBefore, durations }: KindActivity): TemplateResult {
  const first = funnel[0];
  const share = (name: keyof Rates, moreIsGood: boolean) =>
    rates
      ? number(say(name), formatShare(rates[name]), comparison(rates[name], ratesBefore?.[name], moreIsGood))
      : nothing;
  return html`<dl class="numbers">
    ${first ? number(say('started'), html`<a href=${sessionsPath(first.link)}>${formatNumber(first.sessions)}</a>`) : nothing}
    ${share('succeeded', true)} ${share('failed', false)} ${share('cancelled', false)} ${share('abandoned', false)}
    ${
      durations
        ? html`${number(say('median'), formatDuration(durations.median * 1000))}${number(say('p95'), formatDuration(durations.p95 * 1000))}`
        : nothing
    }
  </dl>`;
}

function number(name: string, value: unknown, below?: TemplateResult): TemplateResult {
  return html`<div><dt>${name}</dt><dd>${value}${below ?? nothing}</dd></div>`;
}

/** In percentage points, with an arrow and words; coloured only if it is a point or more. */
function comparison(now: number, before: number | undefined, moreIsGood: boolean): TemplateResult | undefined {
  if (before === undefined) return undefined;
  const points = Math.round((now - before) * 1000) / 10;
  if (points === 0) return html`<span class="change soft">= <span class="unseen">${say('same')}</span></span>`;
  const tone = Math.abs(points) < 1 ? 'soft' : points > 0 === moreIsGood ? 'better' : 'worse';
  const words = say(points > 0 ? 'more' : 'less', { points: sayCount('points', Math.abs(points)) });
  return html`<span class="change ${tone}" title=${words}><span aria-hidden="true">${points > 0 ? '▲' : '▼'} ${formatNumber(Math.abs(points))}</span><span class="unseen">${words}</span></span>`;
}

function chart(title: string, overview: Overview, of: KindActivity, kind: SessionKind): TemplateResult {
  const { to } = overview;
  const { funnel } = of;
  const { series, bucketSeconds } = readable({ series: of.series, bucketSeconds: overview.bucketSeconds });
  const whole = funnel[0]?.link;
  const hrefOf = (bucket: number) => {
    const at = series[bucket]?.at;
    const end = series[bucket + 1]?.at ?? to;
    return whole && at !== undefined ? sessionsPath({ ...whole, from: at, to: end }) : '/sessions';
  };
  const label = say('chart', { kind: title });
  const columns = [
    { name: 'started', colour: '--edge', area: true },
    { name: 'succeeded', colour: '--good' },
    { name: 'failed', colour: '--bad', dash: [5, 3] },
  ] as const;
  const lines = columns.map(({ name, ...look }) => ({
    ...look,
    label: say(name),
    values: series.map((bucket) => bucket[name]),
  }));
  return html`<console-chart
      label=${label}
      help=${say('chartHelp')}
      linkLabel=${say('sessionsOf')}
      .times=${series.map(({ at }) => at)}
      .series=${lines}
      .hrefOf=${hrefOf}
      .bucketSeconds=${bucketSeconds}
    ></console-chart>
    <details class="as-table">
      <summary>${say('asTable')}</summary>
      ${table({
        label,
        key: ({ at }) => `${kind}${at}`,
        rows: series.filter(({ started }) => started > 0).toReversed(),
        columns: [
          {
            label: say('bucket'),
            main: true,
            cell: ({ at }) =>
              html`<a class="nowrap" href=${hrefOf(series.findIndex((each) => each.at === at))}>${momentOf(at, bucketSeconds)}</a>`,
          },
          ...(['started', 'succeeded', 'cancelled', 'failed'] as const).map((name) => ({
            label: say(name),
            numeric: true,
            cell: (row: (typeof series)[number]) => formatNumber(row[name]),
          })),
          { label: say('abandoned'), numeric: true, cell: ({ expired }) => formatNumber(expired) },
        ],
      })}
    </details>`;
}
