/** File names that hold private keys or credentials, whatever folder they lie in. */
const SECRET_NAMES: readonly RegExp[] = [
  /^\.?env\.(local|development|production|staging|test)(\.local)?$/i,
  /\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk)$/i,
  /^id_(rsa|dsa|ecdsa|ed25519)$/i,
  /^\.?(npmrc|netrc|pgpass|htpasswd|git-credentials)$/i,
  /^(secrets?|credentials?)(\.(json|ya?ml|toml|ini|txt|env))?$/i,
  /^service-?account.*\.json$/i,
];

/** Whether a file of this base name must never be shipped. */
export function isSecretFile(baseName: string): boolean {
  return SECRET_NAMES.some((pattern) => pattern.test(baseName));
}
