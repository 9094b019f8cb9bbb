import { constants, createPrivateKey, type KeyObject, sign, type SignKeyObjectInput } from "node:crypto";
import { ConfigError } from "../../core/errors.js";
import type { JsonObject } from "../../core/json.js";
import { registerSecret } from "../../core/redaction.js";

const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const;
const EC = ["ES256", "ES384", "ES512"] as const;

/** Signature algorithms with a private key (RFC 7518, 3.1; RFC 8037). */
export type JwtAlgorithm = (typeof RSA)[number] | (typeof EC)[number] | "EdDSA";
export const JWT_ALGORITHMS: readonly JwtAlgorithm[] = [...RSA, ...EC, "EdDSA"];

/** RFC 7518, 3.3. */
const MIN_RSA_BITS = 2048;
const CURVES: Readonly<Record<string, JwtAlgorithm>> = { prime256v1: "ES256", secp384r1: "ES384", secp521r1: "ES512" };

/** A private key and the algorithm to sign with. */
export interface JwtSigner {
  readonly key: KeyObject;
  readonly algorithm: JwtAlgorithm;
}

/**
 * Reads a private key in PEM (PKCS #8, PKCS #1 or SEC 1, encrypted or not). `\n` written out, as in environment variables
 * and in JSON that was escaped twice, counts as a line break. The algorithm follows from the key unless it is given.
 * `path` is the place of the key in the configuration.
 *
 * @throws ConfigError when it is no key, its passphrase is wrong, or it does not fit the algorithm.
 */
export function jwtSigner(
  pem: string,
  options: { readonly passphrase?: string; readonly algorithm?: JwtAlgorithm; readonly path?: string } = {},
): JwtSigner {
  const { passphrase, algorithm, path = "privateKey" } = options;
  const text = pem.replaceAll("\\n", "\n").trim();
  // Line by line: messages and logs rarely show a key as a whole.
  for (const line of text.split(/\r?\n/)) if (!line.startsWith("-----")) registerSecret(line);
  registerSecret(pem);
  const key = readKey(text, passphrase, path);
  const fitting = algorithmsOf(key);
  const [first] = fitting;
  if (first === undefined)
    throw new ConfigError(`The private key is of a kind that signs no JWT (${key.asymmetricKeyType ?? "unknown"})`, {
      path,
      hint: "Use an RSA key, an EC key on P-256, P-384 or P-521, or an Ed25519 key.",
    });
  if (algorithm !== undefined && !fitting.includes(algorithm))
    throw new ConfigError(`The private key cannot sign with ${algorithm}`, {
      path,
      hint: `It fits ${fitting.join(", ")}.`,
    });
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < MIN_RSA_BITS)
    throw new ConfigError(`The RSA key has ${bits} bits, which is too few`, {
      path,
      hint: `RFC 7518 asks for ${MIN_RSA_BITS} at least.`,
    });
  return { key, algorithm: algorithm ?? first };
}

/** A signed JSON Web Token in its compact form (RFC 7515, 3.1). `typ` and `alg` are set. */
export function signJwt({ key, algorithm }: JwtSigner, header: JsonObject, claims: JsonObject): string {
  return signJws({ key, algorithm }, JSON.stringify({ alg: algorithm, typ: "JWT", ...header }), JSON.stringify(claims));
}

/** The compact form of a header and a payload that are signed as they are written. */
export function signJws({ key, algorithm }: JwtSigner, header: string, payload: string): string {
  const input = `${Buffer.from(header).toString("base64url")}.${Buffer.from(payload).toString("base64url")}`;
  const hash = algorithm === "EdDSA" ? null : `sha${algorithm.slice(2)}`;
  return `${input}.${sign(hash, Buffer.from(input), { key, ...PARAMETERS[algorithm.slice(0, 2)] }).toString("base64url")}`;
}

/** RFC 7518, 3.4 (r and s side by side instead of DER) and 3.5 (a salt as long as the hash). */
const PARAMETERS: Readonly<Record<string, Omit<SignKeyObjectInput, "key">>> = {
  ES: { dsaEncoding: "ieee-p1363" },
  PS: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
};

function algorithmsOf(key: KeyObject): readonly JwtAlgorithm[] {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return RSA;
    case "rsa-pss":
      return ["PS256", "PS384", "PS512"];
    case "ec": {
      const algorithm = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ""];
      return algorithm === undefined ? [] : [algorithm];
    }
    case "ed25519":
      return ["EdDSA"];
    default:
      return [];
  }
}

function readKey(pem: string, passphrase: string | undefined, path: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  } catch {
    const isEncrypted = pem.includes("ENCRYPTED");
    const why = isEncrypted
      ? passphrase === undefined
        ? "is encrypted"
        : "cannot be decrypted"
      : "is no private key in PEM";
    // Without the cause: OpenSSL's codes ("DECODER routines::unsupported") tell nothing more.
    throw new ConfigError(`The private key ${why}`, {
      path,
      hint: isEncrypted
        ? "Give its passphrase as privateKeyPassphrase."
        : 'It begins with "-----BEGIN PRIVATE KEY-----" and has its line breaks, as such or as \\n.',
    });
  }
}
