export default function Page() {
  return <h1>Your payment passkey is ready</h1>;
}
