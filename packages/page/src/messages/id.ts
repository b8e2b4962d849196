import type { Messages } from './messages.ts';

const messages: Messages = {
  loading: 'Mohon tunggu…',
  requestedBy: 'Diminta oleh',
  createHeading: 'Buat passkey untuk pembayaran Anda',
  createText:
    'Dengan passkey, Anda menyetujui pembayaran online menggunakan sidik jari, wajah, atau kunci layar. Tanpa sandi untuk diingat, tanpa kode untuk diketik.',
  useHeading: 'Gunakan passkey Anda',
  useText:
    'Perangkat ini sudah memiliki passkey pembayaran Anda. Gunakan sekali untuk mengonfirmasi bahwa ini memang Anda.',
  paymentTo: 'Pembayaran kepada',
  payHeading: 'Setujui pembayaran Anda',
  payText: 'Periksa penjual dan jumlahnya, lalu setujui dengan kunci sandi Anda.',
  amount: 'Jumlah',
  order: 'Pesanan {number}',
  payingWith: 'Dibayar dengan',
  payAction: 'Bayar dengan kunci sandi',
  confirmAction: 'Konfirmasi melalui bank Anda saja',
  approvedHeading: 'Pembayaran disetujui',
  verifyHeading: 'Konfirmasi bahwa kartu ini milik Anda',
  verifyText:
    '{clientName} akan mengonfirmasi bahwa ini memang Anda. Setelah itu Anda membuat kunci sandi di sini dan membayar dengan sidik jari, wajah, atau kunci layar.',
  agreement: 'Dengan melanjutkan, Anda menyetujui {terms} dari {network} dan menyatakan telah membaca {privacy}-nya.',
  terms: 'Ketentuan Penggunaan',
  privacyNotice: 'Pemberitahuan Privasi',
  help: 'Bantuan',
  agreeAction: 'Setuju dan lanjutkan',
  leavingHeading: 'Mengarahkan Anda ke {clientName}',
  accounts: 'Berlaku untuk',
  cardEnding: 'Kartu dengan akhiran {digits}',
  email: 'Email',
  mobile: 'Ponsel',
  moreAccounts: '{count} lainnya',
  privacy: 'Sidik jari atau wajah Anda tidak pernah keluar dari perangkat ini.',
  createAction: 'Buat passkey',
  createAnotherAction: 'Buat passkey baru',
  useAction: 'Gunakan passkey',
  useAnotherAction: 'Gunakan passkey yang sudah saya miliki',
  declineAction: 'Lain kali',
  workingHeading: 'Ikuti langkah-langkah di perangkat Anda',
  workingText:
    'Perangkat akan meminta sidik jari, wajah, atau kunci layar Anda. Harap biarkan halaman ini tetap terbuka.',
  savingHeading: 'Hampir selesai',
  savingText: 'Kami sedang menyelesaikannya. Ini hanya sebentar.',
  enrolledHeading: 'Passkey Anda sudah siap',
  returningHeading: 'Mengembalikan Anda',
  returningToHeading: 'Mengembalikan Anda ke {clientName}',
  returningText: 'Jika tidak terjadi apa-apa, lanjutkan dengan tombol di bawah.',
  continueAction: 'Lanjutkan',
  continueToAction: 'Lanjutkan ke {clientName}',
  unsupportedHeading: 'Browser ini tidak mendukung passkey',
  unsupportedText:
    'Perbarui browser ini atau gunakan browser lain, misalnya browser bawaan perangkat Anda. Lalu mulai lagi dari {clientName}.',
  noLockHeading: 'Atur kunci layar terlebih dahulu',
  noLockText:
    'Passkey dilindungi oleh sidik jari, wajah, atau PIN Anda, dan tampaknya perangkat ini belum mengaturnya. Aktifkan di setelan perangkat, atau mulai lagi dari {clientName} di ponsel Anda.',
  goBackAction: 'Kembali',
  framedHeading: 'Halaman ini hanya dapat dibuka tersendiri',
  framedText:
    'Demi keamanan Anda, halaman ini tidak berfungsi di dalam situs lain. Silakan kembali ke situs atau aplikasi sebelumnya dan mulai lagi dari sana.',
  stoppedHeading: 'Kami tidak dapat melanjutkan',
  incompleteText:
    'Tautan yang membawa Anda ke sini tidak lengkap. Silakan kembali ke situs atau aplikasi sebelumnya dan mulai lagi.',
  expiredText:
    'Tautan yang membawa Anda ke sini sudah kedaluwarsa atau sudah digunakan. Silakan kembali ke situs atau aplikasi sebelumnya dan mulai lagi.',
  failedText:
    'Terjadi kesalahan, tetapi tidak ada yang berubah pada kartu atau rekening Anda. Silakan kembali ke situs atau aplikasi sebelumnya dan mulai lagi.',
  unavailableHeading: 'Saat ini tidak tersedia',
  unavailableText:
    'Kami tidak dapat menjangkau layanan saat ini. Tidak ada yang berubah pada kartu atau rekening Anda. Silakan coba lagi sebentar lagi.',
  retryAction: 'Coba lagi',
  code: 'Kode',
};

export default messages;
