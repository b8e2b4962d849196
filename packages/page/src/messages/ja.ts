import type { Messages } from './messages.ts';

const messages: Messages = {
  loading: '少々お待ちください…',
  requestedBy: '依頼元',
  createHeading: 'お支払い用のパスキーを作成',
  createText:
    'パスキーがあれば、オンラインでのお支払いを指紋、顔認証、または画面ロックで承認できます。パスワードを覚えたり、コードを入力したりする必要はありません。',
  useHeading: 'パスキーを使用',
  useText: 'このデバイスには、お支払い用のパスキーがすでにあります。ご本人確認のため、一度使用してください。',
  paymentTo: 'お支払い先',
  payHeading: 'お支払いを承認',
  payText: 'お支払い先と金額を確認し、パスキーで承認してください。',
  amount: '金額',
  order: '注文番号 {number}',
  payingWith: 'お支払い方法',
  payAction: 'パスキーで支払う',
  confirmAction: '代わりに銀行で本人確認する',
  approvedHeading: 'お支払いを承認しました',
  verifyHeading: 'ご自身のカードであることの確認',
  verifyText:
    '{clientName}がご本人であることを確認します。その後、ここでパスキーを作成すると、以後は指紋、顔認証、または画面ロックでお支払いいただけます。',
  agreement: '続行すると、{network}の{terms}に同意し、{privacy}を読んだことになります。',
  terms: '利用規約',
  privacyNotice: 'プライバシーに関するお知らせ',
  help: 'ヘルプ',
  agreeAction: '同意して続ける',
  leavingHeading: '{clientName}に移動します',
  accounts: '対象',
  cardEnding: '末尾が{digits}のカード',
  email: 'メールアドレス',
  mobile: '携帯電話番号',
  moreAccounts: 'ほか{count}件',
  privacy: '指紋や顔の情報がこのデバイスの外に出ることはありません。',
  createAction: 'パスキーを作成',
  createAnotherAction: '新しいパスキーを作成',
  useAction: 'パスキーを使用',
  useAnotherAction: 'すでにあるパスキーを使用',
  declineAction: '今はしない',
  workingHeading: 'デバイスの案内に従ってください',
  workingText: '指紋、顔認証、または画面ロックの確認が表示されます。このページは開いたままにしてください。',
  savingHeading: 'まもなく完了します',
  savingText: '手続きを完了しています。少々お待ちください。',
  enrolledHeading: 'パスキーの準備ができました',
  returningHeading: '元の画面に戻ります',
  returningToHeading: '{clientName}に戻ります',
  returningText: '画面が変わらない場合は、下のボタンで進んでください。',
  continueAction: '続ける',
  continueToAction: '{clientName}に進む',
  unsupportedHeading: 'このブラウザではパスキーを使用できません',
  unsupportedText:
    'ブラウザを更新するか、デバイスに標準で付属しているブラウザなど別のものをご利用ください。その後、{clientName}からもう一度始めてください。',
  noLockHeading: '先に画面ロックを設定してください',
  noLockText:
    'パスキーは指紋、顔認証、またはPINで保護されますが、このデバイスにはいずれも設定されていないようです。デバイスの設定で有効にするか、スマートフォンで{clientName}からもう一度始めてください。',
  goBackAction: '戻る',
  framedHeading: 'このページは単独でのみ開けます',
  framedText:
    '安全のため、ほかのウェブサイトの中では動作しません。元のウェブサイトまたはアプリに戻り、もう一度始めてください。',
  stoppedHeading: '続行できませんでした',
  incompleteText:
    'このページを開いたリンクに不足している情報があります。元のウェブサイトまたはアプリに戻り、もう一度始めてください。',
  expiredText:
    'このページを開いたリンクは期限切れか、すでに使用されています。元のウェブサイトまたはアプリに戻り、もう一度始めてください。',
  failedText:
    '問題が発生しましたが、カードや口座に変更はありません。元のウェブサイトまたはアプリに戻り、もう一度始めてください。',
  unavailableHeading: '現在ご利用いただけません',
  unavailableText: 'サービスに接続できません。カードや口座に変更はありません。しばらくしてからもう一度お試しください。',
  retryAction: 'もう一度試す',
  code: 'コード',
};

export default messages;
