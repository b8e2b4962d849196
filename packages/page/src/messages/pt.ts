import type { Messages } from './messages.ts';

const messages: Messages = {
  loading: 'Um momento…',
  requestedBy: 'Solicitado por',
  createHeading: 'Crie uma chave de acesso para seus pagamentos',
  createText:
    'Com uma chave de acesso, você aprova pagamentos on-line com sua impressão digital, seu rosto ou o bloqueio de tela. Sem senha para lembrar, sem código para digitar.',
  useHeading: 'Use sua chave de acesso',
  useText: 'Este dispositivo já tem sua chave de acesso para pagamentos. Use-a uma vez para confirmar que é você.',
  paymentTo: 'Pagamento a',
  payHeading: 'Aprove o seu pagamento',
  payText: 'Confira o comerciante e o valor e aprove com a sua chave de acesso.',
  amount: 'Valor',
  order: 'Pedido {number}',
  payingWith: 'A pagar com',
  payAction: 'Pagar com chave de acesso',
  confirmAction: 'Confirmar com o seu banco',
  approvedHeading: 'Pagamento aprovado',
  verifyHeading: 'Confirme que este cartão é seu',
  verifyText:
    '{clientName} vai confirmar a sua identidade. Depois, você cria aqui uma chave de acesso para pagar com a impressão digital, o rosto ou o bloqueio de tela.',
  agreement: 'Ao continuar, você aceita os {terms} de {network} e confirma que leu o seu {privacy}.',
  terms: 'Termos de Uso',
  privacyNotice: 'Aviso de Privacidade',
  help: 'Ajuda',
  agreeAction: 'Aceitar e continuar',
  leavingHeading: 'Levando você para {clientName}',
  accounts: 'Vai funcionar com',
  cardEnding: 'Cartão com final {digits}',
  email: 'E-mail',
  mobile: 'Celular',
  moreAccounts: 'Mais {count}',
  privacy: 'Sua impressão digital ou seu rosto nunca saem deste dispositivo.',
  createAction: 'Criar chave de acesso',
  createAnotherAction: 'Criar uma nova chave de acesso',
  useAction: 'Usar chave de acesso',
  useAnotherAction: 'Usar uma chave de acesso que já tenho',
  declineAction: 'Agora não',
  workingHeading: 'Siga as etapas no seu dispositivo',
  workingText: 'Ele vai pedir sua impressão digital, seu rosto ou o bloqueio de tela. Mantenha esta página aberta.',
  savingHeading: 'Quase pronto',
  savingText: 'Estamos finalizando. É só um momento.',
  enrolledHeading: 'Sua chave de acesso está pronta',
  returningHeading: 'Levando você de volta',
  returningToHeading: 'Levando você de volta para {clientName}',
  returningText: 'Se nada acontecer, continue com o botão abaixo.',
  continueAction: 'Continuar',
  continueToAction: 'Continuar para {clientName}',
  unsupportedHeading: 'Este navegador não aceita chaves de acesso',
  unsupportedText:
    'Atualize este navegador ou use outro, como o que veio com seu dispositivo. Depois, comece de novo em {clientName}.',
  noLockHeading: 'Primeiro, configure um bloqueio de tela',
  noLockText:
    'Uma chave de acesso é protegida por sua impressão digital, seu rosto ou um PIN, e este dispositivo parece não ter nenhum deles configurado. Ative nas configurações do dispositivo ou comece de novo em {clientName} no seu celular.',
  goBackAction: 'Voltar',
  framedHeading: 'Esta página só abre sozinha',
  framedText:
    'Para sua segurança, ela não funciona dentro de outro site. Volte ao site ou ao aplicativo de onde você veio e comece de novo por lá.',
  stoppedHeading: 'Não foi possível continuar',
  incompleteText:
    'O link que trouxe você até aqui está incompleto. Volte ao site ou ao aplicativo de onde você veio e comece de novo.',
  expiredText:
    'O link que trouxe você até aqui expirou ou já foi usado. Volte ao site ou ao aplicativo de onde você veio e comece de novo.',
  failedText:
    'Algo deu errado, mas nada mudou nos seus cartões nem nas suas contas. Volte ao site ou ao aplicativo de onde você veio e comece de novo.',
  unavailableHeading: 'Indisponível no momento',
  unavailableText:
    'Não conseguimos acessar o serviço agora. Nada mudou nos seus cartões nem nas suas contas. Tente de novo em um minuto.',
  retryAction: 'Tentar de novo',
  code: 'Código',
};

export default messages;
